"""Symptoms of a device at this moment: each kind of fault shown, absent or unknown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from devices.health.kinds import RULES, FaultKind
from devices.model import DeviceId, DeviceStatus
from devices.telemetry import TelemetrySnapshot

FRESH_FOR: Final = timedelta(minutes=15)
"""Three records at the usual five minutes: an older one says nothing about now."""
POWER_WORD: Final = timedelta(minutes=30)
"""A battery without mains gives up within this: for so long, lost mains name the cause of a silence."""
BATTERY_LOW_PCT: Final = 20
AMP_HOT_C: Final = 85.0
LINE_DRIFT_SHARE: Final = 0.30
IDLE_MA: Final = 90
"""An amplifier that drives nothing takes less; ``firmware_sim/physics/amplifier.py`` has the current of a horn line."""
SOUNDING_MA: Final = 200
HEARD_AFTER_MS: Final = 2_000
"""Position in a named sound from which sensors count: before it neither may have measured the sound yet."""
STREET_DB: Final = -50.0
"""A street on which nothing is played stays below this at the microphone."""
CLOCK_OFF_MS: Final = 2_000
CERTIFICATE_DAYS: Final = 30
DATA_SHARE: Final = 0.8
DISK_FULL_PCT: Final = 95
RECONNECTS_A_DAY: Final = 20
BAD_MESSAGES_AN_HOUR: Final = 3
SELF_TEST_OK: Final = "ok"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """Facts that the server knows of a device apart from its telemetry. None: unknown.

    ``plan_ver``: the manifest of its area, sent long enough ago; ``data_mb_day``: its data plan's volume a day;
    ``firmware``: the version it should run; ``bad_messages``: messages, its own and foreign, refused within the last
    hour; ``foreign_code``: sound without a command, as it reported itself, not ended yet; ``cert_ends_at``: the end of
    the certificate that it connected with last; ``deaf_until``: up to then the server could hear no device;
    ``flooded``: its messages dropped by the rate limit within the last hour; ``trespasses``: attempts within the last
    hour to subscribe or publish beyond its rights, under its own certificate; ``takeovers``: births within the last
    hour of a run that another run had followed, as of two boxes with one key.
    """

    device_id: DeviceId
    plan_ver: int | None = None
    data_mb_day: float | None = None
    firmware: str = ""
    bad_messages: int = 0
    foreign_code: str = ""
    cert_ends_at: datetime | None = None
    deaf_until: datetime | None = None
    flooded: int = 0
    trespasses: int = 0
    takeovers: int = 0


@dataclass(frozen=True, slots=True)
class Symptom:
    """Symptom of one kind. ``shown`` None: unknown now. ``at``: when the evidence was taken; ``detail``: its figure."""

    shown: bool | None
    at: datetime
    detail: str = ""


Symptoms = Mapping[FaultKind, Symptom]


def is_fresh(snapshot: TelemetrySnapshot | None, now: datetime) -> bool:
    """Return whether its last record is recent enough to describe it now."""
    return snapshot is not None and now - snapshot.heard_at <= FRESH_FOR


def same_until(snapshot: TelemetrySnapshot | None, facts: DeviceFacts, now: datetime) -> datetime:
    """Return the instant up to which, itself included, message, presence and facts give the same signs.

    ``Ward.due`` has its own time.
    """
    turns = [(snapshot.heard_at if snapshot is not None and is_fresh(snapshot, now) else now) + FRESH_FOR]
    if facts.cert_ends_at is not None:
        turns.append(facts.cert_ends_at - timedelta(days=CERTIFICATE_DAYS))
    if facts.deaf_until is not None:
        turns.append(facts.deaf_until + FRESH_FOR)
    return min(turn for turn in turns if turn >= now)


def symptoms(
    snapshot: TelemetrySnapshot | None, status: DeviceStatus | None, facts: DeviceFacts, now: datetime
) -> Symptoms:
    """Return one sign for each kind. A device that never sent a message has lost nothing yet."""
    online = status is not None and status.online
    unknown = Symptom(None, now)
    found = {
        # A setting made by people is no fault of it: the label shows it by itself.
        FaultKind.SHUT_OFF: unknown,
        FaultKind.IDENTITY_SHARED: Symptom(facts.takeovers > 0, now, str(facts.takeovers)),
        FaultKind.LINK_LOST: Symptom(None if status is None else not online, now),
        FaultKind.TELEMETRY_LOST: _telemetry_lost(snapshot, facts, now) if online else unknown,
        FaultKind.MESSAGES_BAD: Symptom(facts.bad_messages >= BAD_MESSAGES_AN_HOUR, now, str(facts.bad_messages)),
        FaultKind.TRESPASSES: Symptom(facts.trespasses > 0, now, str(facts.trespasses)),
        FaultKind.TALKS_TOO_MUCH: Symptom(facts.flooded > 0, now, str(facts.flooded)),
        FaultKind.FIRMWARE_OLD: _firmware_old(status, facts, now),
    }
    usable = snapshot if online and snapshot is not None and is_fresh(snapshot, now) else None
    if usable is None:
        found |= dict.fromkeys(_MEASURED, unknown)
    else:
        for kind, measure in _MEASURED.items():
            shown, detail = measure(usable, facts)
            found[kind] = Symptom(shown, usable.at if RULES[kind].is_sampled else now, detail)
    if facts.cert_ends_at is not None and not (found[FaultKind.CERTIFICATE_ENDS].shown and _has_right_clock(usable)):
        found[FaultKind.CERTIFICATE_ENDS] = _certificate_ends(facts.cert_ends_at, now)
    if facts.foreign_code:
        found[FaultKind.SOUND_UNORDERED] = Symptom(shown=True, at=now, detail=facts.foreign_code)
    if not online and was_power(snapshot, status):
        found[FaultKind.MAINS_LOST] = Symptom(shown=True, at=now)
    return found


def was_power(snapshot: TelemetrySnapshot | None, status: DeviceStatus | None) -> bool:
    """Return whether the device reported lost mains shortly before it fell silent: then power is the cause."""
    if snapshot is None or status is None or snapshot.mains is not False:
        return False
    return abs(status.seen_at - snapshot.heard_at) <= POWER_WORD


def _telemetry_lost(snapshot: TelemetrySnapshot | None, facts: DeviceFacts, now: datetime) -> Symptom:
    """Judge the age of the last record; unknown of a device that never sent one, or that could not be heard."""
    if facts.deaf_until is not None and now - facts.deaf_until <= FRESH_FOR and not is_fresh(snapshot, now):
        return Symptom(None, now)
    return Symptom(None if snapshot is None else not is_fresh(snapshot, now), now)


def _has_right_clock(snapshot: TelemetrySnapshot | None) -> bool:
    """Return whether dates that a device reports are to be believed."""
    return snapshot is not None and abs(snapshot.clk_ms or 0) <= CLOCK_OFF_MS


def _certificate_ends(at: datetime, now: datetime) -> Symptom:
    """Judge by the server's own data: it also covers a device that is silent, or has a wrong clock."""
    days = (at - now).days
    return Symptom(days < CERTIFICATE_DAYS, now, f"{days}")


def _firmware_old(status: DeviceStatus | None, facts: DeviceFacts, now: datetime) -> Symptom:
    runs = "" if status is None else status.firmware
    return Symptom(runs != facts.firmware if runs and facts.firmware else None, now, runs)


Measured = tuple[bool | None, str]


def _is(value: bool | None) -> Measured:  # noqa: FBT001 a measured value
    return value, ""


def _silent(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
    """Tell whether it reports that it plays, and its microphone or its amplifier denies it.

    A microphone alone confirms nothing: that of a mute box hears the boxes next to it, which play the same.
    Where its line or its amplifier shows the cause, that is the fault: this one would stay until it played again. A
    sound about to begin, or only just begun, proves nothing.
    """
    if snapshot.cid is not None and (snapshot.pos_ms is None or snapshot.pos_ms < HEARD_AFTER_MS):
        return None, ""
    if (
        snapshot.st != "playing"
        or snapshot.volume_pct == 0
        or snapshot.spk in {"open", "short"}
        or snapshot.amp_on is False
    ):
        return None, ""
    if snapshot.mic_db is not None and snapshot.mic_db <= STREET_DB:
        return True, f"{snapshot.mic_db:g} dB"
    if snapshot.amp_ma is not None:
        return snapshot.amp_ma <= IDLE_MA, f"{snapshot.amp_ma} mA"
    return None if snapshot.mic_db is None else False, ""


def _unordered(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
    """Tell whether the line is driven while nothing plays. A microphone alone proves nothing: streets are loud."""
    if snapshot.amp_ma is None or snapshot.st == "playing":
        return (None if snapshot.amp_ma is None else False), ""
    return snapshot.amp_ma >= SOUNDING_MA, f"{snapshot.amp_ma} mA"


def _amp_fault(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
    if snapshot.self_test.startswith("amp"):
        return True, snapshot.self_test
    if snapshot.amp_on is None:
        return None, ""
    # Off while nothing sounds is nothing; its guard against heat is a fault of its own.
    return not snapshot.amp_on and snapshot.st == "playing" and not _is_cut_out(snapshot), ""


def _is_cut_out(snapshot: TelemetrySnapshot) -> bool:
    """Tell whether the amplifier's guard against heat keeps it off."""
    return snapshot.amp_on is False and snapshot.amp_temp is not None and snapshot.amp_temp >= AMP_HOT_C


def _cut_out(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
    if snapshot.amp_on is None or snapshot.amp_temp is None:
        return None, ""
    return _is_cut_out(snapshot), f"{snapshot.amp_temp:g} °C"


def _hot(snapshot: TelemetrySnapshot, facts: DeviceFacts) -> Measured:
    """Tell whether it runs hot; one that has cut out is named for that alone."""
    return (None, "") if _is_cut_out(snapshot) else _above("amp_temp", AMP_HOT_C, " °C")(snapshot, facts)


def _self_test_failed(snapshot: TelemetrySnapshot) -> bool | None:
    return snapshot.self_test != SELF_TEST_OK if snapshot.self_test else None


def _line(fault: str) -> Callable[[TelemetrySnapshot, DeviceFacts], Measured]:
    return lambda snapshot, _facts: _is(snapshot.spk == fault if snapshot.spk else None)


def _drift(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
    if snapshot.line_ohm is None or not snapshot.ref_ohm or snapshot.spk in {"open", "short"}:
        return None, ""
    return abs(snapshot.line_ohm - snapshot.ref_ohm) > LINE_DRIFT_SHARE * snapshot.ref_ohm, f"{snapshot.line_ohm:g} Ω"


def _above(name: str, bound: float, unit: str) -> Callable[[TelemetrySnapshot, DeviceFacts], Measured]:
    def measure(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
        value = getattr(snapshot, name)
        return (None, "") if value is None else (abs(value) >= bound, f"{value:g}{unit}")

    return measure


def _below(name: str, bound: float, unit: str) -> Callable[[TelemetrySnapshot, DeviceFacts], Measured]:
    def measure(snapshot: TelemetrySnapshot, _facts: DeviceFacts) -> Measured:
        value = getattr(snapshot, name)
        return (None, "") if value is None else (value < bound, f"{value:g}{unit}")

    return measure


def _data(snapshot: TelemetrySnapshot, facts: DeviceFacts) -> Measured:
    if snapshot.mb_day is None or not facts.data_mb_day:
        return None, ""
    return snapshot.mb_day >= DATA_SHARE * facts.data_mb_day, f"{snapshot.mb_day:g}/{facts.data_mb_day:g} MB"


def _plan(snapshot: TelemetrySnapshot, facts: DeviceFacts) -> Measured:
    if snapshot.plan_ver is None or facts.plan_ver is None:
        return None, ""
    return snapshot.plan_ver < facts.plan_ver, f"{snapshot.plan_ver} < {facts.plan_ver}"


_MEASURED: Final[Mapping[FaultKind, Callable[[TelemetrySnapshot, DeviceFacts], Measured]]] = {
    FaultKind.SOUND_UNORDERED: _unordered,
    FaultKind.MAINS_LOST: lambda snapshot, _: _is(None if snapshot.mains is None else not snapshot.mains),
    FaultKind.AMP_CUT_OUT: _cut_out,
    FaultKind.AMP_FAULT: _amp_fault,
    FaultKind.SPEAKER_SHORT: _line("short"),
    FaultKind.SPEAKER_OPEN: _line("open"),
    FaultKind.SPEAKER_EARTH: _line("earth"),
    FaultKind.SILENT_PLAYBACK: _silent,
    FaultKind.SELF_TEST_FAILED: lambda snapshot, _: (_self_test_failed(snapshot), snapshot.self_test),
    FaultKind.DISK_READ_ONLY: lambda snapshot, _: _is(snapshot.disk_ro),
    FaultKind.DISK_FULL: _above("disk_pct", DISK_FULL_PCT, " %"),
    FaultKind.CLOCK_OFF: _above("clk_ms", CLOCK_OFF_MS, " ms"),
    FaultKind.BATTERY_LOW: _below("batt_pct", BATTERY_LOW_PCT, " %"),
    FaultKind.AMP_HOT: _hot,
    FaultKind.LINE_DRIFT: _drift,
    FaultKind.PLAN_NOT_HELD: _plan,
    FaultKind.LINK_FLAPS: _above("reconn_24h", RECONNECTS_A_DAY, ""),
    FaultKind.DOOR_OPEN: lambda snapshot, _: _is(snapshot.door),
    FaultKind.CERTIFICATE_ENDS: _below("cert_days", CERTIFICATE_DAYS, ""),
    FaultKind.DATA_PLAN_ENDS: _data,
}
