"""Register of processing in words: each kind of personal data, what it is for, and by what right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cms.personal_data.model import Erasure, PersonalDataKind
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText, Sentence


@dataclass(frozen=True, slots=True)
class RegisterText:
    """Words of one kind: what it is, its purpose, and for how long it is kept if no job deletes it."""

    name: LabelText
    what: LabelText
    purpose: LabelText
    kept: LabelText = ""


REGISTER: Final[Mapping[PersonalDataKind, RegisterText]] = {
    PersonalDataKind.ACCOUNTS: RegisterText(
        _("Accounts"),
        _("Name, login, roles and areas of officials"),
        _("To sign in, and to know who may do what"),
    ),
    PersonalDataKind.SIGN_INS: RegisterText(
        _("Sign-ins"),
        _("Time, network address and browser of each sign-in"),
        _("To find misuse of an account"),
    ),
    PersonalDataKind.ADDRESSES: RegisterText(
        _("Addresses for notifications"),
        _("E-mail, mobile number and browsers that a person entered for themselves"),
        _("To notify them of what waits for them"),
        _("Until the person removes them, or the account is erased"),
    ),
    PersonalDataKind.NOTIFICATIONS: RegisterText(
        _("Notifications"),
        _("Who was notified of what, when and by which way"),
        _("To prove that somebody was told in time"),
    ),
    PersonalDataKind.WORK: RegisterText(
        _("Work in progress"),
        _("Drafts that save themselves, sentences heard before saving, saved searches, calendars and reports ordered"),
        _("So that nothing typed is lost, and everybody finds their own work again"),
    ),
    PersonalDataKind.FEEDBACK_CONTACTS: RegisterText(
        _("Contacts of citizens"),
        _("Telephone number or address that a citizen left with their feedback"),
        _("To answer them; it is erased when the feedback is closed, at the latest after this time"),
    ),
    PersonalDataKind.CITIZEN_SUBSCRIPTIONS: RegisterText(
        _("Citizens who follow a commune"),
        _("E-mail, or the address of a browser, that a citizen entered on the public pages, with the commune"),
        _("To send them alerts and the bulletins of the day, as they asked"),
        _("Until they end it or the address refuses; two days if nobody confirms it. Messages: seven days"),
    ),
    PersonalDataKind.CONTACTS: RegisterText(
        _("People on duty"),
        _("Name, office and telephone of those to call in an emergency"),
        _("To reach them when a loudspeaker does not answer"),
        _("Until somebody takes them off the list"),
    ),
    PersonalDataKind.KEY_HOLDERS: RegisterText(
        _("Holders of keys"),
        _("Name and telephone of those who may raise an alert at a loudspeaker with key and PIN"),
        _("To know who raised it; deleted so long after their PIN was withdrawn"),
    ),
    PersonalDataKind.AUTHORSHIP: RegisterText(
        _("Authors and approvers"),
        _("Names of those who wrote, approved, issued or stopped something"),
        _("Records of an authority: who answers for what was aired"),
        _("As records of the authority"),
    ),
    PersonalDataKind.EVENT_LOG: RegisterText(
        _("Audit log"),
        _("Who did what, when and from where"),
        _("Information security: a log that nobody can change"),
        _("For good"),
    ),
}
ERASURE: Final[Mapping[Erasure, LabelText]] = {
    Erasure.DELETED: _("deleted"),
    Erasure.PSEUDONYM: _("name replaced by a pseudonym"),
    Erasure.EXPIRES: _("deleted by itself within days"),
    Erasure.KEPT: _("kept, as a record of the authority that the law on archives asks for"),
    Erasure.SEPARATE: _("belongs to no account; erased where it is entered"),
}
PROBLEMS: Final[dict[str, Sentence]] = {
    "NO_SUCH_LOGIN": _("No account has this login. Look it up in the audit log, or ask the person."),
    "NOT_THE_LOGIN": _("This is not the login of that account. Type it again, letter by letter."),
    "ERASE_ONESELF": _("You cannot erase your own account. Ask another administrator."),
    "NO_SUCH_CITIZEN": _("Nobody follows a commune by this address. Ask how it is written."),
    "DAYS": _("Enter a number of days from %(min)s to %(max)s."),
}
FIELDS: Final[dict[str, LabelText]] = {
    "citizen": _("E-mail of the citizen"),
    "confirmed": _("Login of the person, again"),
    **{kind.value: words.name for kind, words in REGISTER.items()},
}
EVENT: Final[Mapping[str, LabelText]] = {
    "personal_data.exported": _("Data of a person exported"),
    "personal_data.erased": _("Data of a person erased"),
    "personal_data.retention_set": _("Retention of personal data changed"),
    "personal_data.expired": _("Personal data deleted when its time was over"),
}
