"""Labels of devices and their telemetry. The source language is Vietnamese."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cms.audit.queries import EventLine
from cms.fleet.labels import lifecycle
from cms.platform.web import formats, messages
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from devices.model import DeviceKind
from devices.protocol.telemetry import UNITS
from devices.telemetry import TelemetrySnapshot, ValidationOutcome

KIND: Mapping[str, LabelText] = {
    DeviceKind.CLUSTER: __("Loudspeaker cluster"),
    DeviceKind.BOARD: __("Electronic board"),
    DeviceKind.STATION: __("Device at a station"),
    DeviceKind.BRIDGE: __("Bridge"),
}
SPAN: Mapping[str, LabelText] = {
    "hour": __("1 hour"),
    "day": __("1 day"),
    "week": __("7 days"),
    "month": __("30 days"),
    "year": __("1 year"),
}

FIGURE: Mapping[str, LabelText] = {
    "volume_pct": __("Volume"),
    "mic_db": __("Microphone hears"),
    "amp_ma": __("Amplifier current"),
    "line_ohm": __("Impedance of the line"),
    "amp_temp": __("Amplifier temperature"),
    "temp": __("Temperature in the box"),
    "hum": __("Humidity in the box"),
    "vin": __("Supply"),
    "batt_v": __("Battery voltage"),
    "batt_pct": __("Battery charge"),
    "rssi": __("Signal strength"),
    "rsrp": __("Reference signal (RSRP)"),
    "rsrq": __("Signal quality (RSRQ)"),
    "sinr": __("Signal to noise (SINR)"),
    "rtt_ms": __("Round trip"),
    "mb_day": __("Data used today"),
    "reconn_24h": __("Connections in 24 hours"),
    "clip_pct": __("Time clipped"),
    "underruns": __("Gaps in the sound"),
    "disk_pct": __("Storage used"),
    "clk_ms": __("Clock off by"),
}
"""Plotted figures in the order of the page; units are those of ``devices.hourly_rollup``."""

_TECH: Mapping[str, LabelText] = {
    "lte": __("4G"),
    "nr": __("5G"),
    "umts": __("3G"),
    "gsm": __("2G"),
    "wifi": __("Wi-Fi"),
    "ethernet": __("Cable"),
}
_LINE: Mapping[str, LabelText] = {
    "ok": __("good"),
    "open": __("broken"),
    "short": __("shorted"),
    "earth": __("earthed"),
}
_SOURCE: Mapping[str, LabelText] = {
    "plan": __("by plan"),
    "command": __("by command"),
    "alert": __("an alert"),
    "live": __("live"),
    "relay": __("relayed"),
}
_RESET: Mapping[str, LabelText] = {
    "power": __("power came back"),
    "watchdog": __("watchdog"),
    "command": __("by command"),
    "update": __("a firmware update"),
    "crash": __("a crash"),
}
SELF_TEST: Mapping[str, LabelText] = {
    "ok": __("passed"),
    "line": __("failed: the loudspeaker line"),
    "amp": __("failed: the amplifier draws no current"),
    "mic": __("failed: the microphone did not hear it"),
}
_GROUPS: Final[tuple[tuple[LabelText, tuple[str, ...]], ...]] = (
    (__("Playing"), ("st", "src", "volume_pct", "played_s_day", "underruns", "clip_pct")),
    (
        __("Amplifier and line"),
        ("amp_on", "amp_ma", "amp_temp", "line_ohm", "ref_ohm", "spk", "self_test", "mic_db"),
    ),
    (__("Power"), ("mains", "vin", "batt_v", "batt_pct")),
    (
        __("Link"),
        ("tech", "oper", "rssi", "rsrp", "rsrq", "sinr", "rtt_ms", "mb_day", "reconn_24h"),
    ),
    (__("Box"), ("temp", "hum", "door")),
    (__("System"), ("up_s", "reset_reason", "disk_pct", "disk_ro", "clk_ms", "plan_ver", "cert_days")),
)
_OPERATORS: Final = {
    "45201": "MobiFone",
    "45202": "VinaPhone",
    "45204": "Viettel",
    "45205": "Vietnamobile",
    "45207": "Gmobile",
}
"""Mobile networks of Viet Nam by country and network code (ITU-T E.212)."""
_LABEL: Mapping[str, LabelText] = {
    **FIGURE,
    "st": __("Now"),
    "src": __("What it plays comes"),
    "played_s_day": __("Played today"),
    "amp_on": __("Amplifier"),
    "ref_ohm": __("Impedance when installed"),
    "spk": __("Loudspeaker line"),
    "self_test": __("Self-test"),
    "mains": __("Mains"),
    "tech": __("Network"),
    "oper": __("Mobile network operator"),
    "door": __("Door of the box"),
    "up_s": __("Running for"),
    "reset_reason": __("Started because of"),
    "disk_ro": __("Storage"),
    "plan_ver": __("Plan made at"),
    "cert_days": __("Certificate good for"),
}
_FLAGS: Mapping[str, tuple[LabelText, LabelText]] = {
    "amp_on": (__("on"), __("off")),
    "mains": (__("yes"), __("no power")),
    "door": (__("open"), __("closed")),
    "disk_ro": (__("takes no writes"), __("writable")),
}
_CHOICES: Mapping[str, Mapping[str, LabelText]] = {
    "st": {"idle": __("silent"), "playing": __("playing")},
    "src": _SOURCE,
    "spk": _LINE,
    "tech": _TECH,
    "reset_reason": _RESET,
    "self_test": SELF_TEST,
}


def plotted(names: Collection[str]) -> Sequence[tuple[str, LabelText, str]]:
    """Return name, label and unit of these figures, in the order of the page."""
    return [(name, label, UNITS[name]) for name, label in FIGURE.items() if name in names]


def plotted_groups(names: Collection[str]) -> Iterator[tuple[LabelText, Sequence[tuple[str, LabelText, str]]]]:
    """Yield these figures in the groups in which a person looks for them, as ``plotted`` has them."""
    for title, members in _GROUPS:
        lines = [each for each in plotted(names) if each[0] in members]
        if lines:
            yield title, lines


def told(snapshot: TelemetrySnapshot) -> Iterator[tuple[LabelText, Sequence[tuple[LabelText, str]]]]:
    """Yield groups of measured values, each with label and value in words; values not measured are left out."""
    for title, names in _GROUPS:
        lines = [(_LABEL[name], value) for name in names if (value := _value(name, getattr(snapshot, name)))]
        if lines:
            yield title, lines


def operator(code: str) -> str:
    """Return the name of a mobile network."""
    return _OPERATORS.get(code) or _("network %(code)s", code=code)


def _value(name: str, value: object) -> str:
    """Format a value; empty if it was not measured."""
    match value:
        case bool():
            yes, no = _FLAGS[name]
            return str(yes if value else no)
        case str() if name == "oper" and value:
            return operator(value)
        case str():
            return str(_CHOICES.get(name, {}).get(value, value))
        case int() | float():
            return _LENGTHS[name](value) if name in _LENGTHS else _measured(name, value)
        case _:
            return ""


_LENGTHS: Mapping[str, Callable[[float], str]] = {
    "played_s_day": lambda value: _("%(minutes)s minutes", minutes=formats.number(round(value / 60))),
    "up_s": lambda value: _("%(hours)s hours", hours=formats.number(round(value / 3600))),
    "cert_days": lambda value: _("%(days)s days", days=formats.number(round(value))),
    "plan_ver": lambda value: _built_at(round(value)),
}


def _built_at(version: int) -> str:
    """Format a manifest's version as its build time (``letters.manifest_version``); devices may send any number."""
    try:
        return formats.instant(datetime.fromtimestamp(version / 1000, UTC))
    except (OverflowError, OSError, ValueError):
        return formats.number(version)


def _measured(name: str, value: float) -> str:
    unit = UNITS.get(name, "Ω")
    written = formats.number(value) if isinstance(value, int) else formats.decimal(value)
    return f"{written}\u00a0{unit}".rstrip("\u00a0")


_EVENT: Mapping[str, LabelText] = {
    **lifecycle.EVENT,
    "device.enrolled": __("Enrolled"),
    "device.moved": __("Move to another area"),
    "device.screen_set": __("Screen size noted"),
    "device.retired": __("Retired"),
    "device.fault": __("Report of an error"),
    "device.security": __("Told of a security matter"),
    "device.flooded": __("Talked too much, in part not listened to"),
    "device.subscribe_denied": __("Asked to hear what is not its own"),
    "device.publish_denied": __("Wrote where only others may"),
    "device.identity_shared": __("Two boxes share one certificate"),
}
_REFUSED: Mapping[str, LabelText] = {
    "TELEMETRY_MALFORMED": __("its health cannot be read"),
    "TELEMETRY_RETAINED": __("its health was retained at the MQTT broker"),
    "TELEMETRY_SECONDS": __("it writes time in seconds, not in milliseconds"),
    "TELEMETRY_FUTURE": __("it writes a time to come"),
    "TELEMETRY_OLD": __("it writes a time long past"),
    "TELEMETRY_OFTEN": __("it tells its health too often"),
}


def event(line: EventLine) -> str:
    """Return the event in words, with the reason that the device or the server gave."""
    named = str(_EVENT.get(line.name, line.name))
    code = str(line.detail.get("code", ""))
    why = str(_REFUSED[code]) if code in _REFUSED else messages.wire_reason(code) if code else ""
    return f"{named}: {why}" if why else named


_OUTCOME: Mapping[str, LabelText] = {
    ValidationOutcome.STORED: __("Stored"),
    ValidationOutcome.MALFORMED: __("Not readable"),
    ValidationOutcome.RETAINED: __("Repeated by the MQTT broker, not said by the device"),
    ValidationOutcome.UNKNOWN: __("No device in service"),
    ValidationOutcome.SECONDS: __("Time in seconds"),
    ValidationOutcome.FUTURE: __("A time to come"),
    ValidationOutcome.OLD: __("A time long past"),
    ValidationOutcome.OFTEN: __("Too often"),
    ValidationOutcome.DROPPED: __("Dropped, as too many came"),
}


def outcomes(counts: Mapping[str, int]) -> Sequence[tuple[LabelText, int]]:
    """Return the outcomes of all telemetry records ever received, in words."""
    return [(label, counts[outcome]) for outcome, label in _OUTCOME.items() if outcome in counts]
