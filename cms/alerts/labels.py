"""Labels of alerts and drills, and sentences for what the checks find."""

from collections.abc import Mapping
from dataclasses import replace

from flask_babel import get_locale

from broadcast.alerts.drills import DrillPlanStatus
from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, SirenPattern, Stage
from broadcast.alerts.hazards import NATIONAL, Hazard
from broadcast.alerts.model import AlertStatus, CancelCause, Purpose, ZoneKind
from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import RoundState
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from devices.health.sound_proof import SoundVerdict
from province.errors import Problem

HAZARD: dict[str, LabelText] = {
    Hazard.STORM: __("Storm"),
    Hazard.TROPICAL_DEPRESSION: __("Tropical depression"),
    Hazard.STORM_SURGE: __("Storm surge, high tide"),
    Hazard.HEAVY_RAIN: __("Heavy rain"),
    Hazard.FLOOD: __("Flood"),
    Hazard.FLASH_FLOOD: __("Flash flood"),
    Hazard.LANDSLIDE: __("Landslide"),
    Hazard.SUBSIDENCE: __("Ground subsidence"),
    Hazard.DAM_RELEASE: __("Dam release"),
    Hazard.DAM_BREAK: __("Dam break"),
    Hazard.SEA_WIND: __("Strong wind and waves at sea"),
    Hazard.THUNDERSTORM: __("Whirlwind, lightning, hail"),
    Hazard.FOG: __("Fog"),
    Hazard.HEAT: __("Extreme heat"),
    Hazard.COLD: __("Damaging cold, frost"),
    Hazard.DROUGHT: __("Drought"),
    Hazard.SALT_INTRUSION: __("Saltwater intrusion"),
    Hazard.TSUNAMI: __("Tsunami"),
    Hazard.EARTHQUAKE: __("Earthquake"),
    Hazard.FOREST_FIRE: __("Forest fire"),
    Hazard.EPIDEMIC: __("Epidemic"),
    Hazard.CHEMICAL: __("Chemical accident"),
    Hazard.PUBLIC_ORDER: __("Public order"),
    Hazard.MISSING_PERSON: __("Missing person"),
    Hazard.OTHER: __("Another emergency"),
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
    Hazard.TROPICAL_DEPRESSION: "M12 6a6 6 0 1 0 6 6M14 12a2 2 0 1 1-4 0 2 2 0 0 1 4 0M12 6c3 0 5-1 6-3",
    Hazard.STORM_SURGE: (
        "M12 2v9M9 5l3-3 3 3M2 14c2-1.500 3.500-1.500 5 0s3.500 1.500 5 0 3.500-1.500 5 0 3 1.500 5 0M2 19c2-1.500"
        " 3.500-1.500 5 0s3.500 1.500 5 0 3.500-1.500 5 0 3 1.500 5 0"
    ),
    Hazard.HEAVY_RAIN: "M6 14a4 4 0 1 1 1-7.900A5 5 0 0 1 17 7a3.500 3.500 0 0 1 1 7ZM8 17l-1 4M12 17l-1 4M16 17l-1 4",
    Hazard.SUBSIDENCE: "M2 9h5l2 6h6l2-6h5M12 3v7M9.500 7.500 12 10l2.500-2.500M4 20h16",
    Hazard.DAM_BREAK: (
        "M4 3h6l-2 5 3 3-3 6H4ZM13 8c4 1 6 4 7 9M2 20c2-1.500 3.500-1.500 5 0s3.500 1.500 5 0 3.500-1.500 5 0"
    ),
    Hazard.SEA_WIND: (
        "M2 6h11a2.500 2.500 0 1 0-2.500-2.500M2 10h16a2.500 2.500 0 1 1-2.500 2.500M2 18c2-1.500 3.500-1.500 5 0s3.500"
        " 1.500 5 0 3.500-1.500 5 0 3 1.500 5 0"
    ),
    Hazard.THUNDERSTORM: "M6 13a4 4 0 1 1 1-7.900A5 5 0 0 1 17 6a3.500 3.500 0 0 1 1 7M13 10l-3 5h4l-3 6",
    Hazard.FOG: "M4 6h16M2 10h16M6 14h16M4 18h14",
    Hazard.HEAT: (
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2"
    ),
    Hazard.COLD: "M12 2v20M3.500 7l17 10M20.500 7l-17 10M9.500 3.500 12 6l2.500-2.500M9.500 20.500 12 18l2.500 2.500",
    Hazard.DROUGHT: "M2 9h20M6 9l2 4-2 3 3 6M13 9l-2 5 4 3-1 5M19 9l-1 4 2 3M12 2v3M8 3l1 2M16 3l-1 2",
    Hazard.SALT_INTRUSION: (
        "M12 3c3 4 5 6.500 5 9a5 5 0 0 1-10 0c0-2.500 2-5 5-9M2 20c2-1.500 3.500-1.500 5 0s3.500 1.500 5 0 3.500-1.500"
        " 5 0 3 1.500 5 0"
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
    AlertLevel.ONE: __("Level 1"),
    AlertLevel.TWO: __("Level 2"),
    AlertLevel.THREE: __("Level 3"),
}
DECLARED_BY: dict[int, LabelText] = {
    AlertLevel.ONE: __("declared by the commune's chair"),
    AlertLevel.TWO: __("declared by the province's chair"),
    AlertLevel.THREE: __("declared by the Prime Minister"),
}
LEVEL_CLASS: dict[int, str] = {AlertLevel.ONE: "one", AlertLevel.TWO: "two", AlertLevel.THREE: "three"}
RISK_CLASS: dict[int, str] = {
    RiskLevel.ONE: "risk-one",
    RiskLevel.TWO: "risk-two",
    RiskLevel.THREE: "risk-three",
    RiskLevel.FOUR: "risk-four",
    RiskLevel.FIVE: "risk-five",
}
NATURAL: LabelText = __("Natural disasters")
OTHERS: LabelText = __("Other emergencies")
STAGE: dict[str, LabelText] = {
    Stage.WARNING: __("Warning: get ready"),
    Stage.URGENT: __("Urgent: act at once"),
    Stage.OVER: __("Over: the all-clear"),
}
TONE: dict[str, LabelText] = {
    "siren-a": __("rising and falling siren"),
    "siren-b": __("two-tone siren"),
    "siren-c": __("siren in short bursts"),
    "gong": __("gong"),
}
STATUS: dict[str, LabelText] = {
    AlertStatus.DRAFT: __("Draft"),
    AlertStatus.SUBMITTED: __("Waits for a second person"),
    AlertStatus.REJECTED: __("Was rejected"),
    AlertStatus.DISCARDED: __("Deleted"),
    AlertStatus.ACTIVE: __("In force"),
    AlertStatus.SUPERSEDED: __("Superseded by an update"),
    AlertStatus.CANCELLED: __("Cancelled"),
    AlertStatus.EXPIRED: __("Has expired"),
}
STATUS_TONE: dict[str, str] = {
    AlertStatus.SUBMITTED: "wait",
    AlertStatus.REJECTED: "bad",
    AlertStatus.ACTIVE: "brand",
    AlertStatus.CANCELLED: "bad",
}
CANCEL_CAUSE: dict[str, LabelText] = {
    CancelCause.MISTAKE: __("Sent by mistake, there is no danger"),
    CancelCause.WRONG_PLACE: __("Sent to the wrong place"),
    CancelCause.WRONG_CONTENT: __("What it says is wrong"),
    CancelCause.DUPLICATE: __("Same as another alert"),
    CancelCause.OTHER: __("Another reason"),
}
PURPOSE: dict[str, LabelText] = {
    Purpose.WARNING: __("Alerts"),
    Purpose.UPDATE: __("Update"),
    Purpose.ALL_CLEAR: __("All-clear"),
}
REACH: dict[str, LabelText] = {
    ReachState.WAITING: __("Not answered"),
    ReachState.SILENT: __("No answer"),
    ReachState.RECEIVED: __("Received"),
    ReachState.REFUSED: __("Rejected"),
    ReachState.SOUNDING: __("Playing"),
    ReachState.CUT: __("Cut"),
    ReachState.DONE: __("Has been played"),
    ReachState.CANCELLED: __("Stopped"),
    RoundState.LOST: __("Disconnected"),
}
VERDICT: dict[str, LabelText] = {
    SoundVerdict.HEARD: __("✓ heard"),
    SoundVerdict.NOT_HEARD: __("✕ not heard"),
    SoundVerdict.NOT_MEASURED: __("? not measured"),
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
    "inside": __("inside"),
    "outside": __("outside"),
    "unknown": __("place unknown"),
    "none": __("not part of the alert"),
    "not_heard": __("played, not heard"),
}
EVENT: dict[str, LabelText] = {
    "alert.drafted": __("Drafted"),
    "alert.edited": __("Edited"),
    "alert.submitted": __("Submitted"),
    "alert.taken_on": __("Decides on it"),
    "alert.approved": __("Approved and sent"),
    "alert.returned": __("Returned"),
    "alert.rejected": __("Reject for good"),
    "alert.discarded": __("Delete"),
    "alert.cancelled": __("Cancel"),
    "alert.superseded": __("Replaced by an update"),
    "alert.ended_in_part": __("Ended in some places"),
    "alert.repeated": __("Sounded again after a stop"),
    "alert.cancel_undone": __("Cancel undone"),
    "alert.restored": __("Sounded again after a cancel"),
    "alert.expired": __("Expired"),
    "alert.all_clear_sent": __("All-clear or correction sent"),
    "alert.drill_sent": __("Planned drill sent"),
    "alert.fired": __("Sounded by a standing order"),
    "alert.held": __("A standing order was meant, and did not sound"),
    "alert.sounded": __("Sound made"),
    "alert.sound_failed": __("Sound failed"),
    "alert.sent_alone": __("Sent by one person alone"),
    "alert.raised_at_device": __("Raised at the loudspeaker with a key and a PIN"),
    "alert.signed_off": __("Sending alone looked at"),
    "alert.unanswered": __("Loudspeakers have not answered"),
    "alert.not_sent": __("Could not be sent"),
    "alert.published": __("Handed to the message broker"),
    "alert.measured": __("Time to the loudspeakers measured"),
    "alert.water_fell": __("The water fell below the limit"),
    "alert.reported": __("Report made"),
    "alert.report_failed": __("The report could not be made"),
    "cap.published": __("CAP document published for others"),
    "cap.refused": __("This alert's CAP document is faulty and goes to nobody"),
}
DRILL_PLAN: dict[str, LabelText] = {
    DrillPlanStatus.PROPOSED: __("Waits for a second person"),
    DrillPlanStatus.APPROVED: __("Approved"),
    DrillPlanStatus.ENDED: __("Has ended"),
}
EVERY: dict[str, LabelText] = {
    "0": __("no repeats"),
    "20": __("every 20 minutes"),
    "30": __("every 30 minutes"),
    "60": __("every hour"),
    "120": __("every 2 hours"),
    "180": __("every 3 hours"),
    "360": __("every 6 hours"),
}
_BESIDE = {
    "audience": "areas",
    "targets": "areas",
    "exclude": "areas",
    "rings": "shape",
    "discs": "shape",
    "rounds": "again_at",
    "text": "text-vi",
    "wordings": "text-vi",
    "hush_for": "hush_hours",
    "lasts_ms": "minutes",
}
FIELDS: dict[str, LabelText] = {
    "areas": __("Where it is heard"),
    "shape": __("Shape"),
    "headline": __("Headline"),
    "level": __("Level"),
    "risk": __("Disaster risk level"),
    "expires_at": __("Expires at"),
    "happens_at": __("Happens at"),
    "place": __("Place of the event"),
    "intensity": __("Intensity"),
    "forecast": __("Forecast"),
    "advice": __("Advice"),
    "authority": __("Issuing authority"),
    "basis": __("Basis"),
    "again_at": __("Sounds again after (minutes)"),
    "updates_id": __("The alert that is updated"),
    "word": __("Confirmation word"),
    "cause": __("Reason for cancelling"),
    "cancel_reason": __("More about it"),
    "mutes_alerts": __("Stop the alerts too"),
    "hush_hours": __("Keep silent"),
    "minutes": __("Each lasts"),
    "zone_name": __("Name of the zone"),
    "zone_kind": __("Kind of zone"),
}
ZONE_KIND: Mapping[str, LabelText] = {
    ZoneKind.FLOOD: __("Flood area"),
    ZoneKind.COAST: __("Coast"),
    ZoneKind.VALLEY: __("Valley below a reservoir"),
    ZoneKind.SLOPE: __("Slope that may slide"),
    ZoneKind.OTHER: __("Other zone"),
}
PROBLEMS: Mapping[str, Sentence] = {
    "NO_SUCH_ZONE": __("This zone was removed meanwhile. Choose the places below."),
    "EXPIRED": __("This lies in the past. Choose a later expiry."),
    "TOO_LONG_AHEAD": __("Too far ahead: an alert lasts at most %(hours)s hours."),
    "TOO_MUCH_TO_SEND": __("Words and shapes are too long for one message. Make them shorter."),
    "OTHER_KIND": __("A drill cannot take the place of a live alert, nor the other way round."),
    "NOT_ACTIVE": __("This alert is no longer in force, so it cannot be updated."),
    "FACT_MISSING": __("The law asks for it."),
    "NOBODY_HEARS": __("There is no loudspeaker in the chosen places yet."),
    "SOUND_FAILED": __("No sound could be made. Change the words and try again."),
    "SPEECH_TOO_LONG": lambda p: _(
        "It takes %(seconds)s s to say, at most %(most)s s. Make it shorter.",
        seconds=int(p.detail["ms"]) // 1000,
        most=int(p.detail["max"]) // 1000,
    ),
    "LANGUAGE_TWICE": __("One text for each language."),
    "SHAPE_TOO_FINE": __("The shapes have %(points)s corners, at most %(max)s. Draw more simply."),
    "RING_MALFORMED": __("Shape %(part)s has a wrong coordinate."),
    "RING_OPEN": __("Shape %(part)s needs at least three corners."),
    "RING_CROSSED": __("Shape %(part)s crosses itself. Draw it again."),
    "DISC_MALFORMED": __("Circle %(part)s has a wrong centre or radius."),
    "TOO_OFTEN": __("Rounds have to be at least 1 minute apart."),
    "RISK_NOT_GIVEN": __("The law gives this hazard no disaster risk level. Choose “not stated”."),
    "RISK_OUT_OF_BOUNDS": __("The law gives this hazard only these risk levels: %(levels)s. Choose one of them."),
    "ONLY_A_DRILL_IS_SILENT": __("Only a drill can be silent."),
    "NOT_A_SHAPE": __("Line %(line)s is neither an outline nor a circle."),
    "NOT_MINUTES": __("Type minutes, separated by commas."),
    "NOT_THE_WORD": __("Type exactly %(word)s to confirm."),
    "HUSH_TOO_LONG": __("Silence is kept for at most %(hours)s hours."),
    "ELSEWHERE": __("The alert “%(headline)s” was sent to none of these places."),
    "ALERT_IN_FORCE": __(
        "Another alert is in force here: “%(headline)s”. Nobody is told that the danger is over while it is."
    ),
    "WOULD_MUTE": __("The alert “%(headline)s” would fall silent."),
    "NOT_A_DRILL": __("Only a drill can be put on the calendar."),
    "OUT_OF_BOUNDS": __("Out of bounds."),
}


def in_language(texts: Mapping[str, str]) -> str:
    """Return the text of a table in the language of the screen, else in English."""
    return texts.get(str(get_locale()), texts["en"])


def risk_name(level: int) -> str:
    """Return the number and legal name of a disaster risk level."""
    return _("Risk level %(n)s", n=int(level)) + f" · {in_language(NATIONAL.risks[RiskLevel(level)].names)}"


def siren_words(siren: SirenPattern) -> str:
    """Describe a siren: its tone, blasts and series."""
    tone = str(TONE[siren.tone])
    if siren.is_plain:
        return tone if not siren.on_ms else _("%(tone)s, %(s)s s", tone=tone, s=f"{siren.on_ms / 1000:g}")
    blasts = _(
        "%(tone)s, %(n)s × %(s)s s, %(gap)s s apart",
        tone=tone,
        n=siren.count,
        s=f"{siren.on_ms / 1000:g}",
        gap=f"{siren.off_ms / 1000:g}",
    )
    return blasts if siren.series == 1 else _("%(blasts)s, %(n)s times", blasts=blasts, n=siren.series)


def beside(problem: Problem) -> Problem:
    """Map the rules' name of a field to that of the form."""
    top, _dot, rest = problem.field.partition(".")
    if top == "wordings" and rest:
        return replace(problem, field=f"text-{rest}")
    return replace(problem, field=_BESIDE.get(problem.field, problem.field))
