"""Kinds of faults, their hold times and their rank: the one table, written out in ``docs/health.md``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final


class FaultKind(StrEnum):
    """Kinds in order of repair: the first of those open is the reason shown to people."""

    SHUT_OFF = "shut_off"
    IDENTITY_SHARED = "identity_shared"
    SOUND_UNORDERED = "sound_unordered"
    MAINS_LOST = "mains_lost"
    LINK_LOST = "link_lost"
    AMP_CUT_OUT = "amp_cut_out"
    AMP_FAULT = "amp_fault"
    SPEAKER_SHORT = "speaker_short"
    SPEAKER_OPEN = "speaker_open"
    SILENT_PLAYBACK = "silent_playback"
    SELF_TEST_FAILED = "self_test_failed"
    DISK_READ_ONLY = "disk_read_only"
    DISK_FULL = "disk_full"
    CLOCK_OFF = "clock_off"
    SPEAKER_EARTH = "speaker_earth"
    BATTERY_LOW = "battery_low"
    AMP_HOT = "amp_hot"
    LINE_DRIFT = "line_drift"
    PLAN_NOT_HELD = "plan_not_held"
    LINK_FLAPS = "link_flaps"
    MESSAGES_BAD = "messages_bad"
    TRESPASSES = "trespasses"
    TALKS_TOO_MUCH = "talks_too_much"
    TELEMETRY_LOST = "telemetry_lost"
    DOOR_OPEN = "door_open"
    CERTIFICATE_ENDS = "certificate_ends"
    DATA_PLAN_ENDS = "data_plan_ends"
    FIRMWARE_OLD = "firmware_old"


class Severity(IntEnum):
    """Severity. MINOR waits for the next visit; MAJOR for the morning; CRITICAL wakes the person on call."""

    MINOR = 1
    MAJOR = 2
    CRITICAL = 3


class FaultRisk(StrEnum):
    """Thing that a fault puts at risk.

    SPEECH: the device cannot speak, or cannot be made to · QUALITY: how, or for how long, it is heard is doubtful ·
    TRUST: a stranger may make it speak · UPKEEP: nothing yet; it will one day.
    """

    SPEECH = "speech"
    QUALITY = "quality"
    TRUST = "trust"
    UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class HoldRule:
    """Hold times of one kind.

    ``opens_after``: shown for so long without a break, it is a fault. ``closes_after``: absent for so long, it is
    closed. ``is_sampled``: seen only in records that come now and then, so both count from record to record; else the
    device reports each change at once, and they count by the clock. ``flaps``: after so many relapses it is closed only
    when absent for ``settles_after``. ``expires_after``: with nothing known of it for so long, it is given up.
    """

    severity: Severity
    danger: FaultRisk
    opens_after: timedelta
    closes_after: timedelta
    expires_after: timedelta = timedelta(days=7)
    is_sampled: bool = False
    flaps: int = 3
    settles_after: timedelta = timedelta(hours=1)


AT_ONCE: Final = timedelta(0)
REOPENS_WITHIN: Final = timedelta(minutes=30)
"""A fault that comes back within this after closing is the same one: a relapse, without a new notification."""

_S30, _M1, _M2, _M5 = (timedelta(seconds=s) for s in (30, 60, 120, 300))
_M10, _M15, _H1, _D1 = timedelta(minutes=10), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
_NEVER = timedelta(days=3650)

RULES: Final[Mapping[FaultKind, HoldRule]] = {
    FaultKind.SHUT_OFF: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, AT_ONCE, AT_ONCE),
    FaultKind.IDENTITY_SHARED: HoldRule(Severity.CRITICAL, FaultRisk.TRUST, AT_ONCE, _H1),
    FaultKind.SOUND_UNORDERED: HoldRule(Severity.CRITICAL, FaultRisk.TRUST, AT_ONCE, _M5),
    FaultKind.MAINS_LOST: HoldRule(Severity.MAJOR, FaultRisk.QUALITY, _M1, _M5),
    FaultKind.LINK_LOST: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, _M2, _M5, _NEVER),
    FaultKind.AMP_CUT_OUT: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, AT_ONCE, _M5),
    FaultKind.AMP_FAULT: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, AT_ONCE, _M5),
    FaultKind.SPEAKER_SHORT: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, _S30, _M10),
    FaultKind.SPEAKER_OPEN: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, _S30, _M10),
    FaultKind.SILENT_PLAYBACK: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, _M1, _M1, is_sampled=True),
    FaultKind.SELF_TEST_FAILED: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, AT_ONCE, AT_ONCE),
    FaultKind.DISK_READ_ONLY: HoldRule(Severity.MAJOR, FaultRisk.SPEECH, _M1, _M10),
    FaultKind.DISK_FULL: HoldRule(Severity.MAJOR, FaultRisk.QUALITY, _M10, _M10, is_sampled=True),
    FaultKind.CLOCK_OFF: HoldRule(Severity.MAJOR, FaultRisk.QUALITY, _M5, _M5, is_sampled=True),
    FaultKind.SPEAKER_EARTH: HoldRule(Severity.MINOR, FaultRisk.QUALITY, _M5, _H1),
    FaultKind.BATTERY_LOW: HoldRule(Severity.MAJOR, FaultRisk.QUALITY, _M5, _M15, is_sampled=True),
    FaultKind.AMP_HOT: HoldRule(Severity.MAJOR, FaultRisk.QUALITY, _M2, _M15, is_sampled=True),
    FaultKind.LINE_DRIFT: HoldRule(Severity.MINOR, FaultRisk.QUALITY, _M15, _M15, is_sampled=True),
    FaultKind.PLAN_NOT_HELD: HoldRule(Severity.MAJOR, FaultRisk.QUALITY, _M10, AT_ONCE),
    FaultKind.LINK_FLAPS: HoldRule(Severity.MINOR, FaultRisk.QUALITY, _M10, _H1, is_sampled=True),
    FaultKind.MESSAGES_BAD: HoldRule(Severity.MAJOR, FaultRisk.TRUST, AT_ONCE, _H1),
    FaultKind.TRESPASSES: HoldRule(Severity.MAJOR, FaultRisk.TRUST, AT_ONCE, _H1),
    FaultKind.TALKS_TOO_MUCH: HoldRule(Severity.MAJOR, FaultRisk.TRUST, AT_ONCE, _H1),
    FaultKind.TELEMETRY_LOST: HoldRule(Severity.MINOR, FaultRisk.QUALITY, _M5, AT_ONCE),
    FaultKind.DOOR_OPEN: HoldRule(Severity.MAJOR, FaultRisk.TRUST, _M1, _M1),
    FaultKind.CERTIFICATE_ENDS: HoldRule(Severity.MINOR, FaultRisk.UPKEEP, AT_ONCE, AT_ONCE),
    FaultKind.DATA_PLAN_ENDS: HoldRule(Severity.MINOR, FaultRisk.UPKEEP, AT_ONCE, _H1, _D1),
    FaultKind.FIRMWARE_OLD: HoldRule(Severity.MINOR, FaultRisk.UPKEEP, _D1, AT_ONCE),
}
_RANK: Final = {kind: place for place, kind in enumerate(FaultKind)}


def first_of(kinds: Iterable[FaultKind]) -> FaultKind | None:
    """Return the kind that has to be put right first; None of none."""
    return min(kinds, key=_RANK.__getitem__, default=None)


SOON: Final = timedelta(hours=2)
"""Time for a person to go there."""


@dataclass(frozen=True, slots=True)
class Stake:
    """Stakes of a repair. ``next_at``: next airing on one of its devices; ``is_alerted``: an alert is in force."""

    devices: int
    severity: Severity
    next_at: datetime | None = None
    is_alerted: bool = False


Urgency = tuple[int, int, int, float]


def urgency(stake: Stake, now: datetime) -> Urgency:
    """Return a key to sort descending: alert in force, airing within ``SOON``, severity, devices, next airing.

    Of two that differ only in when they air, the sooner comes first.
    """
    is_soon = stake.next_at is not None and stake.next_at - now <= SOON
    soonest = -(stake.next_at - now).total_seconds() if stake.next_at is not None else float("-inf")
    band = 2 * stake.is_alerted + is_soon
    return (band, int(stake.severity), stake.devices, soonest)
