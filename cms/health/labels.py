"""Labels of faults. The source language is Vietnamese."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from cms.commands import labels as command_labels
from cms.fleet.labels import devices as device_labels
from cms.health.service import notice_labels
from cms.platform.web import formats, messages
from cms.platform.web.languages import _, filled
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from devices.health.faults import Fault
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
_LEADING = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?(?=[ /]|$)")
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


def figure(fault: Fault) -> str:
    """Return the figure of a fault in words; empty where it has none, or none that says something to people."""
    found = _LEADING.match(fault.detail)
    if fault.kind is FaultKind.SOUND_UNORDERED and not found:
        said = messages.wire_reason(fault.detail)
        return said if said != fault.detail else ""
    if fault.kind in {FaultKind.SELF_TEST_FAILED, FaultKind.AMP_FAULT}:
        return str(device_labels.SELF_TEST.get(fault.detail, ""))
    if fault.kind is FaultKind.FIRMWARE_OLD:
        return fault.detail
    return _FIGURE[fault.kind](float(found[0])) if found and fault.kind in _FIGURE else ""


def clock_error(milliseconds: float) -> str:
    """Return how far a clock is off: in seconds up to two minutes, then in minutes, hours or days."""
    seconds = round(milliseconds / 1000)
    for name, length in ((_("%(n)s days"), 2 * 86_400), (_("%(n)s hours"), 2 * 3600), (_("%(n)s minutes"), 120)):
        if seconds >= length:
            return filled(name, {"n": formats.number(round(2 * seconds / length))})
    return _("%(n)s seconds", n=formats.number(seconds))


def _times(value: float) -> str:
    return _("%(n)s times", n=formats.number(round(value)))


def _unit(unit: str) -> Callable[[float], str]:
    return lambda value: f"{formats.number(round(value))}\u00a0{unit}"


_FIGURE: Final[Mapping[FaultKind, Callable[[float], str]]] = {
    FaultKind.IDENTITY_SHARED: _times,
    FaultKind.MESSAGES_BAD: _times,
    FaultKind.TRESPASSES: _times,
    FaultKind.TALKS_TOO_MUCH: _times,
    FaultKind.LINK_FLAPS: _times,
    FaultKind.SOUND_UNORDERED: _unit("mA"),
    FaultKind.DISK_FULL: _unit("%"),
    FaultKind.BATTERY_LOW: _unit("%"),
    FaultKind.AMP_CUT_OUT: _unit("°C"),
    FaultKind.AMP_HOT: _unit("°C"),
    FaultKind.CLOCK_OFF: lambda value: _("off by %(length)s", length=clock_error(value)),
    FaultKind.LINE_DRIFT: command_labels.ohms,
    FaultKind.CERTIFICATE_ENDS: lambda value: _("%(n)s days left", n=formats.number(round(value))),
    FaultKind.DATA_PLAN_ENDS: _unit("MB"),
}


def shared(incident: Incident) -> str:
    """Return the cause that the members of an incident share; empty if it is only their place."""
    name = incident.keys[0]
    if incident.scope in {IncidentScope.CELL, IncidentScope.CARRIER}:
        code, _slash, cell = name.partition("/")
        name = f"{device_labels.operator(code)} {cell}".rstrip()
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
