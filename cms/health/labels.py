"""Labels of faults. The source language is Vietnamese."""

from cms.health.service import notice_labels
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from devices.health.incidents import Incident, IncidentScope
from devices.health.kinds import RULES, FaultKind, FaultRisk
from devices.health.notices import IncidentStage
from devices.health.speak_label import CanSpeak

FAULT: dict[str, LabelText] = {kind: __(text) for kind, text in notice_labels.FAULT.items()}
CAUSE: dict[str, LabelText] = {cause: __(text) for cause, text in notice_labels.CAUSE.items()}
DANGER: dict[str, LabelText] = {
    FaultRisk.SPEECH: __("cannot speak"),
    FaultRisk.QUALITY: __("may not speak"),
    FaultRisk.TRUST: __("somebody may be tampering"),
    FaultRisk.UPKEEP: __("needs upkeep"),
}
DANGER_TONE: dict[str, str] = {
    FaultRisk.SPEECH: "bad",
    FaultRisk.QUALITY: "wait",
    FaultRisk.TRUST: "bad",
    FaultRisk.UPKEEP: "",
}
CAN_SPEAK: dict[str, LabelText] = {
    CanSpeak.YES: __("Can speak"),
    CanSpeak.DOUBTFUL: __("May not be able to speak"),
    CanSpeak.NO: __("Cannot play"),
}
CAN_SPEAK_TONE: dict[str, str] = {CanSpeak.YES: "good", CanSpeak.DOUBTFUL: "wait", CanSpeak.NO: "bad"}
STAGE: dict[str, LabelText] = {
    IncidentStage.OPENED: __("told when opened"),
    IncidentStage.ESCALATED: __("told as escalated"),
    IncidentStage.OVER: __("told when over"),
}
EVENT: dict[str, LabelText] = {
    "incident.opened": __("Incident opened"),
    "incident.renamed": __("Cause or reach renamed"),
    "incident.merged": __("Merged into another incident"),
    "incident.reopened": __("Came back"),
    "incident.closed": __("Incident over"),
    "incident.acknowledged": __("Take it on"),
    "incident.released": __("Given back"),
    "fault.acknowledged": __("Take it on"),
    "fault.released": __("Given back"),
}


def danger(kind: FaultKind) -> LabelText:
    """Return the consequence of a fault of this kind."""
    return DANGER[RULES[kind].danger]


def tone(kind: FaultKind) -> str:
    """Return the tone of the consequence: "cannot speak" has one colour and sign on every screen."""
    return DANGER_TONE[RULES[kind].danger]


def shared(incident: Incident) -> str:
    """Return the cause that the members of an incident share; empty if it is only their place."""
    name = incident.keys[0]
    said = {
        IncidentScope.FEEDER: _("Same feeder: %(name)s", name=name),
        IncidentScope.CELL: _("Same cell: %(name)s", name=name),
        IncidentScope.CARRIER: _("Same mobile network: %(name)s", name=name),
        IncidentScope.FIRMWARE: _("Same firmware, just installed: %(name)s", name=name),
        IncidentScope.SERVER: _("More than half of the province's devices at once"),
        IncidentScope.BROKER: _(
            "No device can be heard: the connection to the MQTT broker is lost. Devices go on playing the plans they "
            "hold."
        ),
        IncidentScope.CLOCK: _("The server's clock cannot be believed: only alerts and stops are still sent."),
        IncidentScope.AREAS: "",
    }
    return said[incident.scope]
