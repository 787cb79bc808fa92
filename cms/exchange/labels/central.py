"""Labels for messages from the central source system. The source language is Vietnamese."""

from broadcast.exchange.central import ReportKind
from cms.exchange.labels import exchange
from cms.exchange.repository.central import CentralOutcome
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText

OUTCOME: dict[str, LabelText] = {
    CentralOutcome.DRAFTED: _("Draft, waiting to be submitted"),
    CentralOutcome.REDRAFTED: _("Draft, now with the new words"),
    CentralOutcome.REPLACES: _("New version of what was taken: look and decide"),
    CentralOutcome.ASKS_WITHDRAWAL: _("Withdrawn by the central system: look and withdraw"),
    CentralOutcome.NOTHING_OF_IT: _("Withdrawn by the central system; nothing of it is left here"),
    CentralOutcome.AWAITS_SOUND: _("Waiting for its sound file"),
    CentralOutcome.OLD: _("A newer version came before"),
    CentralOutcome.REFUSED: _("Refused"),
}
TONE: dict[str, str] = {
    CentralOutcome.DRAFTED: "brand",
    CentralOutcome.REDRAFTED: "brand",
    CentralOutcome.REPLACES: "wait",
    CentralOutcome.ASKS_WITHDRAWAL: "wait",
    CentralOutcome.AWAITS_SOUND: "wait",
    CentralOutcome.REFUSED: "bad",
}
REPORT: dict[str, LabelText] = {
    ReportKind.DEVICES: _("Devices and their states"),
    ReportKind.BULLETINS: _("States of the central system's bulletins"),
    ReportKind.PLAYED: _("Delivery"),
    ReportKind.STATISTICS: _("Statistics of a day"),
}
_REASON: dict[str, LabelText] = {
    "MISSING": _("missing field"),
    "NOT_TEXT": _("not valid text:"),
    "TOO_LONG": _("too long:"),
    "NOT_A_VERSION": _("wrong version:"),
    "NOT_AN_OBJECT": _("wrong structure"),
    "NOT_CODES": _("wrong list of codes:"),
    "UNKNOWN_VALUE": _("unknown value in"),
    "EMERGENCY": _("an emergency comes as CAP, not as a bulletin:"),
    "AREA_UNKNOWN": _("no place has the code"),
    "NOT_A_HASH": _("not a hash:"),
}

_SOUND: dict[str, LabelText] = {
    "SOUND TOO_LARGE": _("the sound file is too large; ask the central system for a smaller one"),
    "SOUND HASH": _("the sound file does not match the hash that was given; tell the central system"),
}


def reason(code: str) -> str:
    """Translate the first word of the code; the rest (field names, area codes) is kept.

    The sentence for a faulty sound file includes the remedy.
    """
    if code.startswith(("FETCH_", "SOUND ")):
        return str(_SOUND[code]) if code in _SOUND else exchange.fault(code)
    name, _space, rest = code.partition(" ")
    return f"{_REASON[name]} {rest}".strip() if name in _REASON else code
