"""Labels of alerts: hazards, levels, states, and the responses of devices."""

from __future__ import annotations

from broadcast.alerts.drills import DrillPlanStatus
from broadcast.alerts.model import AlertLevel, AlertStatus, CancelCause, Hazard, Purpose
from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import RoundState
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Pronunciations
from devices.health.sound_proof import SoundVerdict

HAZARD: dict[str, Pronunciations] = {
    Hazard.STORM: _("Storm"),
    Hazard.FLOOD: _("Flood"),
    Hazard.FLASH_FLOOD: _("Flash flood"),
    Hazard.LANDSLIDE: _("Landslide"),
    Hazard.DAM_RELEASE: _("Dam release"),
    Hazard.TSUNAMI: _("Tsunami"),
    Hazard.EARTHQUAKE: _("Earthquake"),
    Hazard.FOREST_FIRE: _("Forest fire"),
    Hazard.EPIDEMIC: _("Epidemic"),
    Hazard.CHEMICAL: _("Chemical accident"),
    Hazard.PUBLIC_ORDER: _("Public order"),
    Hazard.MISSING_PERSON: _("Missing person"),
    Hazard.OTHER: _("Another emergency"),
}
LEVEL: dict[int, Pronunciations] = {
    AlertLevel.ONE: _("Level 1"),
    AlertLevel.TWO: _("Level 2"),
    AlertLevel.THREE: _("Level 3"),
}
DECLARED_BY: dict[int, Pronunciations] = {
    AlertLevel.ONE: _("declared by the commune's chair"),
    AlertLevel.TWO: _("declared by the province's chair"),
    AlertLevel.THREE: _("declared by the Prime Minister"),
}
LEVEL_CLASS: dict[int, str] = {AlertLevel.ONE: "one", AlertLevel.TWO: "two", AlertLevel.THREE: "three"}
STATUS: dict[str, Pronunciations] = {
    AlertStatus.DRAFT: _("Draft"),
    AlertStatus.SUBMITTED: _("Waits for a second person"),
    AlertStatus.REJECTED: _("Was rejected"),
    AlertStatus.DISCARDED: _("Deleted"),
    AlertStatus.ACTIVE: _("In force"),
    AlertStatus.SUPERSEDED: _("Superseded by an update"),
    AlertStatus.CANCELLED: _("Cancelled"),
    AlertStatus.EXPIRED: _("Has expired"),
}
STATUS_TONE: dict[str, str] = {
    AlertStatus.SUBMITTED: "wait",
    AlertStatus.REJECTED: "bad",
    AlertStatus.ACTIVE: "brand",
    AlertStatus.CANCELLED: "bad",
}
CANCEL_CAUSE: dict[str, Pronunciations] = {
    CancelCause.MISTAKE: _("Sent by mistake, there is no danger"),
    CancelCause.WRONG_PLACE: _("Sent to the wrong place"),
    CancelCause.WRONG_CONTENT: _("What it says is wrong"),
    CancelCause.DUPLICATE: _("Same as another alert"),
    CancelCause.OTHER: _("Another reason"),
}
PURPOSE: dict[str, Pronunciations] = {
    Purpose.WARNING: _("Alerts"),
    Purpose.UPDATE: _("Update"),
    Purpose.ALL_CLEAR: _("All-clear"),
}
REACH: dict[str, Pronunciations] = {
    ReachState.WAITING: _("Not answered"),
    ReachState.SILENT: _("No answer"),
    ReachState.RECEIVED: _("Received"),
    ReachState.REFUSED: _("Rejected"),
    ReachState.SOUNDING: _("Playing"),
    ReachState.CUT: _("Cut"),
    ReachState.DONE: _("Has been played"),
    ReachState.CANCELLED: _("Stopped"),
    RoundState.LOST: _("Disconnected"),
}
VERDICT: dict[str, Pronunciations] = {
    SoundVerdict.HEARD: _("✓ heard"),
    SoundVerdict.NOT_HEARD: _("✕ not heard"),
    SoundVerdict.NOT_MEASURED: _("? not measured"),
}
# A sign beside the word: colour is never the only mark.
REACH_SIGN: dict[str, str] = {
    ReachState.WAITING: "…",
    ReachState.SILENT: "✕",
    ReachState.RECEIVED: "↓",
    ReachState.REFUSED: "✕",
    ReachState.SOUNDING: "♪",
    ReachState.CUT: "‖",
    ReachState.DONE: "✓",
    ReachState.CANCELLED: "■",
    RoundState.LOST: "✕",
}
REACH_TONE: dict[str, str] = {
    ReachState.RECEIVED: "brand",
    ReachState.SOUNDING: "wait",
    ReachState.DONE: "good",
    ReachState.CUT: "wait",
    ReachState.REFUSED: "bad",
    ReachState.SILENT: "bad",
    RoundState.LOST: "bad",
}
WHERE: dict[str, Pronunciations] = {
    "inside": _("inside"),
    "outside": _("outside"),
    "unknown": _("place unknown"),
    "none": _("not part of the alert"),
    "not_heard": _("played, not heard"),
}
EVENT: dict[str, Pronunciations] = {
    "alert.drafted": _("Drafted"),
    "alert.edited": _("Edited"),
    "alert.submitted": _("Submitted"),
    "alert.approved": _("Approved and sent"),
    "alert.returned": _("Returned"),
    "alert.rejected": _("Reject for good"),
    "alert.discarded": _("Delete"),
    "alert.cancelled": _("Cancel"),
    "alert.superseded": _("Replaced by an update"),
    "alert.ended_in_part": _("Ended in some places"),
    "alert.sounded_again": _("Sounded again after a stop"),
    "alert.cancel_undone": _("Cancel undone"),
    "alert.restored": _("Sounded again after a cancel"),
    "alert.expired": _("Expired"),
    "alert.all_clear_sent": _("All-clear or correction sent"),
    "alert.drill_sent": _("Planned drill sent"),
    "alert.sounded": _("Sound made"),
    "alert.sound_failed": _("Sound failed"),
    "alert.sent_alone": _("Sent by one person alone"),
    "alert.signed_off": _("Sending alone looked at"),
    "alert.unanswered": _("Loudspeakers have not answered"),
    "alert.not_sent": _("Could not be sent"),
    "cap.published": _("CAP document published for others"),
    "cap.refused": _("This alert's CAP document is faulty and goes to nobody"),
}
DRILL_PLAN: dict[str, Pronunciations] = {
    DrillPlanStatus.PROPOSED: _("Waits for a second person"),
    DrillPlanStatus.APPROVED: _("Approved"),
    DrillPlanStatus.ENDED: _("Has ended"),
}
EVERY: dict[str, Pronunciations] = {
    "0": _("no repeats"),
    "20": _("every 20 minutes"),
    "30": _("every 30 minutes"),
    "60": _("every hour"),
    "120": _("every 2 hours"),
    "180": _("every 3 hours"),
    "360": _("every 6 hours"),
}
