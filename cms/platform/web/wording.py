"""Labels of the rules' enums, topics and languages: message ids, translated when they are shown."""

from collections.abc import Callable
from typing import Any, TypeAlias

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.framing import ChimePlace
from broadcast.bulletins.model import After, BulletinStatus
from broadcast.bulletins.priority import CLASSES, PriorityClass
from broadcast.scheduling.closed_days import HOLIDAYS, TET
from cms.platform.web.languages import lazy as _
from devices.protocol.boards import Colour, Colours, Motion, Template
from province.errors import Problem
from province.people import Role

# Lazy strings, translated into the reader's language when they are shown.
LabelText: TypeAlias = Any
Sentence: TypeAlias = LabelText | Callable[[Problem], str]
"""A sentence into which the figures of a problem are inserted, or a function of the problem."""

STATUS: dict[str, LabelText] = {
    BulletinStatus.DRAFT: _("Draft"),
    BulletinStatus.SUBMITTED: _("Awaiting review"),
    BulletinStatus.RETURNED: _("Was returned"),
    BulletinStatus.REJECTED: _("Was rejected"),
    BulletinStatus.APPROVED: _("Approved, being scheduled"),
    BulletinStatus.SCHEDULED: _("Scheduled"),
    BulletinStatus.PLAYED: _("Has been played"),
    BulletinStatus.HANDED_DOWN: _("Handed down"),
    BulletinStatus.WITHDRAWN: _("Withdrawn"),
    BulletinStatus.DELETED: _("Deleted draft"),
}
STATUS_TONE: dict[str, str] = {
    BulletinStatus.SUBMITTED: "wait",
    BulletinStatus.RETURNED: "wait",
    BulletinStatus.REJECTED: "bad",
    BulletinStatus.APPROVED: "brand",
    BulletinStatus.SCHEDULED: "brand",
    BulletinStatus.PLAYED: "good",
    BulletinStatus.HANDED_DOWN: "brand",
}
PRIORITY: dict[str, LabelText] = {
    PriorityClass.NORMAL: _("Normal"),
    PriorityClass.PRIORITY: _("Priority"),
}
DATE_SET: dict[str, LabelText] = {
    TET: _("Tet, the lunar new year (its eve and four days)"),
    HOLIDAYS: _("Public holidays, Tet among them"),
}
CHIME_PLACE: dict[str, LabelText] = {
    ChimePlace.OPENING: _("Opening"),
    ChimePlace.CLOSING: _("Ended"),
}
AFTER: dict[str, LabelText] = {
    After.RESTART: _("Play again from the start"),
    After.RESUME: _("Resume where it was cut"),
    After.DROP: _("Drop the rest"),
}
BOARD_TEMPLATE: dict[str, LabelText] = {
    Template.BANNER: _("Title in a bar of colour"),
    Template.PLAIN: _("Title without a bar"),
    Template.CENTRED: _("Every line in the middle"),
}
BOARD_COLOUR: dict[str, LabelText] = {
    Colour.AMBER: _("Amber"),
    Colour.WHITE: _("White"),
    Colour.YELLOW: _("Yellow"),
    Colour.RED: _("Red"),
    Colour.GREEN: _("Green"),
    Colour.BLUE: _("Sky blue"),
}
BOARD_MOTION: dict[str, LabelText] = {
    Motion.PAGES: _("Turn pages"),
    Motion.SCROLL: _("One line that moves"),
}
BOARD_COLOURS: dict[str, LabelText] = {
    Colours.MONO: _("one colour"),
    Colours.THREE: _("three colours"),
    Colours.FULL: _("full colour"),
}
TOPIC: dict[str, LabelText] = {
    "notice": _("Official notice"),
    "policy": _("Policy and law"),
    "economy": _("Economy and farming"),
    "health": _("Health"),
    "education": _("Education"),
    "culture": _("Culture and sports"),
    "security": _("Security and public order"),
    "environment": _("Environment"),
    "disaster": _("Disaster prevention"),
    "other": _("Other"),
}
GENRE: dict[str, LabelText] = {
    "notice": _("Announcement"),
    "news": _("News item"),
    "article": _("Article"),
    "feature": _("Feature report"),
    "interview": _("Interview"),
    "programme": _("Programme"),
    "drama": _("Radio play"),
    "music": _("Music"),
    "other": _("Other kind"),
}
LANGUAGE: dict[str, LabelText] = {
    "vi": _("Vietnamese"),
    "en": _("English"),
    "cjm": _("Cham"),
    "rog": _("Ra Glai"),
    "kpm": _("Koho"),
    "cma": _("Ma"),
    "stt": _("Xtieng"),
    "tyz": _("Tay"),
    "nut": _("Nung"),
    "zh": _("Chinese"),
}
DELIVERY: dict[str, LabelText] = {
    DeliveryState.PLANNED: _("Planned"),
    DeliveryState.SENT: _("Sent"),
    DeliveryState.RECEIVED: _("Received"),
    DeliveryState.READY: _("Ready"),
    DeliveryState.STARTED: _("Playing"),
    DeliveryState.DONE: _("Played"),
    DeliveryState.CUT: _("Cut"),
    DeliveryState.MISSED: _("Not played"),
}
SHOWN: dict[str, LabelText] = {
    DeliveryState.PLANNED: _("Planned"),
    DeliveryState.SENT: _("Sent"),
    DeliveryState.RECEIVED: _("Received"),
    DeliveryState.READY: _("Ready"),
    DeliveryState.STARTED: _("Showing"),
    DeliveryState.DONE: _("Shown"),
    DeliveryState.CUT: _("Taken down"),
    DeliveryState.MISSED: _("Not shown"),
}
DELIVERY_TONE: dict[str, str] = {
    DeliveryState.READY: "brand",
    DeliveryState.STARTED: "brand",
    DeliveryState.DONE: "good",
    DeliveryState.CUT: "wait",
    DeliveryState.MISSED: "bad",
}
ROLE: dict[str, LabelText] = {
    Role.PROVINCE_EDITOR: _("Province editor"),
    Role.APPROVER: _("Approver"),
    Role.COMMUNE_OPERATOR: _("Commune operator"),
    Role.STATION: _("Broadcasting station"),
    Role.EMERGENCY_OFFICER: _("Emergency officer"),
    Role.TECHNICIAN: _("Technician"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMIN: _("Administrator"),
}
STEP: dict[str, LabelText] = {
    "": _("Waiting for its turn"),
    "probing": _("Checking the file"),
    "speaking": _("Reading the text aloud"),
    "levelling": _("Levelling"),
    "encoding": _("Encoding"),
    "storing": _("Storing"),
    "counting": _("Counting figures"),
    "writing": _("Writing the file"),
}
EXEMPTION: dict[str, LabelText] = {
    "proposed": _("awaits a decision"),
    "confirmed": _("confirmed"),
    "declined": _("refused"),
}
# Ordinal of a weekday in a month; -1 is the last.
NTH: dict[str, LabelText] = {
    "1": _("first"),
    "2": _("second"),
    "3": _("third"),
    "4": _("fourth"),
    "5": _("fifth"),
    "-1": _("last"),
}
WEEKDAY: dict[str, LabelText] = {
    "MO": _("Monday"),
    "TU": _("Tuesday"),
    "WE": _("Wednesday"),
    "TH": _("Thursday"),
    "FR": _("Friday"),
    "SA": _("Saturday"),
    "SU": _("Sunday"),
}
EVENT: dict[str, LabelText] = {
    "bulletin.created": _("Created"),
    "bulletin.edited": _("Edit bulletin"),
    "bulletin.submitted": _("Submit for review"),
    "bulletin.approved": _("Approve"),
    "bulletin.handed_down": _("Handed down to communes"),
    "bulletin.returned": _("Returned"),
    "bulletin.rejected": _("Rejected"),
    "bulletin.signed": _("Attach the digital signature"),
    "bulletin.remote_signing_ordered": _("Sign with the remote signing service"),
    "bulletin.withdrawn": _("Withdraw"),
    "bulletin.deleted": _("Draft deleted"),
    "bulletin.restored": _("Draft restored"),
    "bulletin.version_compared": _("Language versions compared"),
    "bulletin.hidden": _("Take off the public page"),
    "bulletin.unhidden": _("Put back on the public page"),
    "bulletin.scheduled": _("Put on the schedule"),
    "bulletin.played": _("Played through"),
    "programme.made": _("The station’s files are ready"),
    "programme.failed": _("The station’s files could not be made"),
    "bulletin.rescheduled": _("Change the time"),
    "bulletin.change_proposed": _("Change of times asked for"),
    "bulletin.change_confirmed": _("Change of times approved"),
    "bulletin.change_dropped": _("Old times kept"),
    "bulletin.note_settled": _("A remark dealt with"),
    "bulletin.note_reopened": _("A remark opened again"),
    "bulletin.moved_behind": _("Put behind what was handed down"),
    "bulletin.put_in_session": _("Put into a broadcast session"),
    "bulletin.filled": _("Placed anew within a delegated slot"),
    "bulletin.submission_ordered": _("To be submitted as soon as its sound is ready"),
    "bulletin.submission_failed": _("Could not be submitted when its sound was ready"),
    "bulletin.sounded": _("Sound made"),
    "bulletin.sound_failed": _("Sound failed"),
}


def word(table: dict[str, LabelText], key: str) -> str:
    """Return the label in the reader's language; a key without one is shown unchanged."""
    return str(table[key]) if key in table else key


def stands_out(priority: PriorityClass) -> bool:
    """Return whether lists mark a bulletin of this class."""
    return CLASSES[priority].stands_out


def options(table: dict[str, LabelText]) -> list[tuple[str, LabelText]]:
    return list(table.items())


def voice(name: str) -> str:
    """Return the name of a voice: that given by its owners, or that of a built-in one."""
    built_in = {"kokoro female": _("natural machine voice, female"), "kokoro male": _("natural machine voice, male")}
    return _("simple machine voice") if name.startswith("espeak-ng") else built_in.get(name, name)
