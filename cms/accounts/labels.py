"""Labels of accounts, and sentences about what an administrator typed."""

from typing import Final

from cms.accounts.model import AccessKind, TokenScope
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

PROBLEMS: dict[str, Sentence] = {
    "LOGIN_SHAPE": __("A user name has 2 to 40 small letters without accents, digits, dots or dashes, as lan.muine."),
    "LOGIN_TAKEN": __("Another user has the name %(login)s."),
    "LOGIN_TWICE": __("The name %(login)s stands twice; each person has their own."),
    "ROLE_UNKNOWN": __("There is no role “%(role)s”. Write it as in the list of roles below."),
    "LEVEL_UNKNOWN": __("A level is 1, 2 or 3, and only for an emergency officer. Leave it empty for others."),
    "SCOPE_TOO_WIDE": __("Your own rights do not include this. Untick what is not in the list."),
    "DIFFERS": __("Line %(line)s gives the same user name something else here. Write both lines alike."),
    "SHEET_WITHOUT_LOGINS": __("The first line must be a heading, with a column of user names."),
}
STATES: Final[dict[str, LabelText]] = {
    "joined": __("has a password already"),
    "invited": __("invited, no password yet"),
    "blocked": __("blocked"),
    "given": __("has this right, or it waits for a second person"),
    "decided": __("decided already, or lapsed"),
}
COLUMN: Final[dict[str, LabelText]] = {
    "login": __("User name"),
    "name": __("Full name"),
    "email": __("E-mail"),
    "phone": __("Mobile telephone"),
    "role": __("Role"),
    "area": __("Place"),
    "level": __("Alert level"),
}
FILTER_STATE: Final[dict[str, LabelText]] = {
    "active": __("Can sign in"),
    "invited": __("Invited, no password yet"),
    "blocked": __("Blocked"),
    "no_factor": __("Second factor missing"),
}
REQUEST: Final[dict[str, LabelText]] = {
    AccessKind.RIGHTS: __("Rights"),
    AccessKind.RESET: __("Reset of the password"),
}
SCOPE: Final[dict[str, LabelText]] = {
    TokenScope.READ: __("Read"),
    TokenScope.BULLETINS: __("Write and review bulletins"),
    TokenScope.ALERT_DRAFTS: __("Draft alerts, for people to send"),
    TokenScope.FEEDBACK: __("Answer citizens' feedback"),
    TokenScope.STATIONS: __("Programmes of stations"),
    TokenScope.DEVICES: __("Manage devices and tickets"),
    TokenScope.STOP: __("Stop loudspeakers"),
    TokenScope.RULES: __("Rules, areas and contacts"),
}
