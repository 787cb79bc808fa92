"""Labels of stations. The source language is Vietnamese."""

from broadcast.bulletins.model import SoundState
from broadcast.stations.model import LicenceState, ProgrammeProgress
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from cms.stations.service.as_run_import import LogLineState

LICENCE: dict[str, LabelText] = {
    LicenceState.NOT_NEEDED: __("Does not transmit"),
    LicenceState.MISSING: __("No licence noted"),
    LicenceState.VALID: __("Valid"),
    LicenceState.EXPIRING: __("Ends soon"),
    LicenceState.EXPIRED: __("Expired"),
}
LICENCE_TONE: dict[str, str] = {
    LicenceState.NOT_NEEDED: "",
    LicenceState.MISSING: "wait",
    LicenceState.VALID: "good",
    LicenceState.EXPIRING: "wait",
    LicenceState.EXPIRED: "bad",
}
RUNG: dict[str, LabelText] = {
    ProgrammeProgress.DOWNLOADED: __("Downloaded"),
    ProgrammeProgress.VERIFIED: __("Verified"),
    ProgrammeProgress.SCHEDULED: __("Scheduled"),
    ProgrammeProgress.AIRED: __("Played"),
}
RUNG_TONE: dict[str, str] = {
    ProgrammeProgress.DOWNLOADED: "",
    ProgrammeProgress.VERIFIED: "brand",
    ProgrammeProgress.SCHEDULED: "wait",
    ProgrammeProgress.AIRED: "good",
}
SOUND: dict[str, LabelText] = {
    SoundState.MISSING: __("No files yet"),
    SoundState.MAKING: __("Files are being made"),
    SoundState.READY: __("Ready"),
    SoundState.FAILED: __("The files could not be made"),
}
LINE: dict[str, LabelText] = {
    LogLineState.NEW: __("Taken"),
    LogLineState.KNOWN: __("Taken before"),
    LogLineState.REFUSED: __("Not taken"),
}
LINE_TONE: dict[str, str] = {LogLineState.NEW: "good", LogLineState.KNOWN: "", LogLineState.REFUSED: "bad"}
PROBLEMS: dict[str, Sentence] = {
    "DAY_PAST": __("This day has passed."),
    "PROGRAMME_UNKNOWN": __("The station has no programme %(programme)s."),
    "FILE_UNKNOWN": __("The hash is of no file that was given."),
    "COLUMNS_MISSING": __("The first line needs the columns “programme” (or “cut_id”) and “at”."),
    "LINE_UNREADABLE": __(
        "Line %(line)s cannot be read: the time “%(at)s” has to be as 28/11/2026 17:30:00, and rung and duration, if "
        "given, in their form."
    ),
    "BEFORE_APPROVAL": __("“%(programme)s” was not approved at that time. Check when it aired."),
    "AFTER_WITHDRAWAL": __(
        "“%(programme)s” was withdrawn before that time. Take it out of the schedule; if it aired, call the province."
    ),
    "NOT_UTF8": __("The file is not UTF-8 text. Save it again as CSV UTF-8."),
}
