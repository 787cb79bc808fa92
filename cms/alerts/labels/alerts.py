"""Labels of alerts: hazards, levels, states, and the responses of devices."""

from broadcast.alerts.drills import DrillPlanStatus
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertStatus, CancelCause, Purpose
from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import RoundState
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText
from devices.health.sound_proof import SoundVerdict

HAZARD: dict[str, LabelText] = {
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
# Path of the drawing on a tile, in a box of 24 by 24.
HAZARD_ICON: dict[str, str] = {
    Hazard.STORM: (
        "M12 5a7 7 0 1 0 7 7M12 19a7 7 0 1 0-7-7M14.5 12a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0M19 12c0-4"
        " 1.500-6 3-7M5 12c0 4-1.500 6-3 7"
    ),
    Hazard.FLOOD: (
        "M4 12 12 5l8 7M6.500 10v5M17.500 10v5M2 16c2-1.500 3.500-1.500 5 0s3.500 1.500 5 0 3.500-1.500 5 0"
        " 3 1.500 5 0M2 20c2-1.500 3.500-1.500 5 0s3.500 1.500 5 0 3.500-1.500 5 0 3 1.500 5 0"
    ),
    Hazard.FLASH_FLOOD: (
        "M2 8 8 3l5 5M13 2l-2 4h4l-3 5M2 13c3-2 5-2 7 0s5 2 7 0 4-2 6 0M2 17c3-2 5-2 7 0s5 2 7 0 4-2 6 0M2"
        " 21c3-2 5-2 7 0s5 2 7 0 4-2 6 0"
    ),
    Hazard.LANDSLIDE: (
        "M2 21 9 4l4 6 9 11ZM15 9.500a1.500 1.500 0 1 1 3 0 1.500 1.500 0 0 1-3 0M19 14a1 1 0 1 1 2 0 1 1 0"
        " 0 1-2 0M12 15.500l3 3"
    ),
    Hazard.DAM_RELEASE: (
        "M4 3h6v14H4ZM10 6c6 0 8 5 8 11M10 10c3 0 4 3 4 7M2 20c2-1.500 3.500-1.500 5 0s3.500 1.500 5 0"
        " 3.500-1.500 5 0 3 1.500 5 0"
    ),
    Hazard.TSUNAMI: "M2 19c5 0 6-4 7-8 1-5 5-7 9-6-3 1-4 3-3 5s4 2 5 1c0 4-2 8-6 8ZM2 22h20",
    Hazard.EARTHQUAKE: "M2 12h4l2-6 4 13 3-9 2 4h5",
    Hazard.FOREST_FIRE: (
        "M12 2c1 4 6 6 6 12a6 6 0 0 1-12 0c0-3 2-4 2-7 2 1 3 2 3 4 1-2 1-5 1-9ZM12 20a2.500 2.500 0 0 0"
        " 2.500-2.500c0-2-1.500-2.500-2.500-4.500-1 2-2.500 2.500-2.500 4.500A2.500 2.500 0 0 0 12 20"
    ),
    Hazard.EPIDEMIC: (
        "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12 2v5M12 17v5M2 12h5M17 12h5M5 5l3.500 3.500M15.500 15.500 19"
        " 19M19 5l-3.500 3.500M8.500 15.500 5 19"
    ),
    Hazard.CHEMICAL: "M9 2h6M10 2v7L4.500 19a2 2 0 0 0 1.800 3h11.400a2 2 0 0 0 1.800-3L14 9V2M7 15h10",
    Hazard.PUBLIC_ORDER: "M12 2 4 5v6c0 5 3 9 8 11 5-2 8-6 8-11V5ZM12 8v5M12 16v.500",
    Hazard.MISSING_PERSON: (
        "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21c0-5 3-7 7-7 1.500 0 3 .300 4 1M17 13a3 3 0 1 1 0 6 3 3 0 0 1"
        " 0-6M19.500 18.500 22 21"
    ),
    Hazard.OTHER: "M12 3 2 21h20ZM12 10v5M12 18v.500",
}
LEVEL: dict[int, LabelText] = {
    AlertLevel.ONE: _("Level 1"),
    AlertLevel.TWO: _("Level 2"),
    AlertLevel.THREE: _("Level 3"),
}
DECLARED_BY: dict[int, LabelText] = {
    AlertLevel.ONE: _("declared by the commune's chair"),
    AlertLevel.TWO: _("declared by the province's chair"),
    AlertLevel.THREE: _("declared by the Prime Minister"),
}
LEVEL_CLASS: dict[int, str] = {AlertLevel.ONE: "one", AlertLevel.TWO: "two", AlertLevel.THREE: "three"}
STATUS: dict[str, LabelText] = {
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
CANCEL_CAUSE: dict[str, LabelText] = {
    CancelCause.MISTAKE: _("Sent by mistake, there is no danger"),
    CancelCause.WRONG_PLACE: _("Sent to the wrong place"),
    CancelCause.WRONG_CONTENT: _("What it says is wrong"),
    CancelCause.DUPLICATE: _("Same as another alert"),
    CancelCause.OTHER: _("Another reason"),
}
PURPOSE: dict[str, LabelText] = {
    Purpose.WARNING: _("Alerts"),
    Purpose.UPDATE: _("Update"),
    Purpose.ALL_CLEAR: _("All-clear"),
}
REACH: dict[str, LabelText] = {
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
VERDICT: dict[str, LabelText] = {
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
WHERE: dict[str, LabelText] = {
    "inside": _("inside"),
    "outside": _("outside"),
    "unknown": _("place unknown"),
    "none": _("not part of the alert"),
    "not_heard": _("played, not heard"),
}
EVENT: dict[str, LabelText] = {
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
DRILL_PLAN: dict[str, LabelText] = {
    DrillPlanStatus.PROPOSED: _("Waits for a second person"),
    DrillPlanStatus.APPROVED: _("Approved"),
    DrillPlanStatus.ENDED: _("Has ended"),
}
EVERY: dict[str, LabelText] = {
    "0": _("no repeats"),
    "20": _("every 20 minutes"),
    "30": _("every 30 minutes"),
    "60": _("every hour"),
    "120": _("every 2 hours"),
    "180": _("every 3 hours"),
    "360": _("every 6 hours"),
}
