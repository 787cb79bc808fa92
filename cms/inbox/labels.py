"""Labels of bulletins handed down. The source language is Vietnamese."""

from broadcast.inbox.model import First, HandedDown, HandedDownState
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText

STATE: dict[str, LabelText] = {
    HandedDownState.OFFERED: _("Waiting for the commune"),
    HandedDownState.PLACING: _("Being placed"),
    HandedDownState.COLLIDING: _("Meets the commune's own priority item"),
    HandedDownState.PLACED: _("Accepted and placed"),
    HandedDownState.DECLINED: _("Declined"),
    HandedDownState.LAPSED: _("Lapsed, not aired"),
    HandedDownState.TAKEN_BACK: _("Taken back by the sender"),
}
TONE: dict[str, str] = {
    HandedDownState.OFFERED: "wait",
    HandedDownState.PLACING: "wait",
    HandedDownState.COLLIDING: "wait",
    HandedDownState.PLACED: "good",
    HandedDownState.DECLINED: "bad",
    HandedDownState.LAPSED: "bad",
}
FIRST: dict[str, LabelText] = {
    First.ABOVE: _("The one from above first, the commune's right after"),
    First.OWN: _("The commune's first, the one from above right after"),
}
REASON: dict[str, LabelText] = {
    "DEFAULT": _("The commune did not answer in time; the default held."),
    "NO_ROOM": _("No time is free to air it."),
    "NOTHING_LEFT_TO_AIR": _("Every airing lies in the past."),
}


def reason(item: HandedDown) -> str:
    """Return the commune's own reason, or the label of a code."""
    if item.state is HandedDownState.LAPSED and not item.reason:
        return str(_("The commune did not answer in time."))
    return str(REASON.get(item.reason, item.reason))
