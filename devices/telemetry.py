"""Telemetry at the server: the newest record of a device, and the reasons for which a message is not taken."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from devices.model import DeviceId
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import Telemetry
from province.wall_clock import instant_of

SECONDS_BELOW_MS: Final = 100_000_000_000
"""No device reported anything in 1973; times in seconds of this century lie below."""
OLD_MS: Final = 3_600_000
"""A message expires after ten minutes: one older than an hour was measured by a wrong clock."""
APART_MS: Final = 200
"""A device reports its health every minute at most, and a change every five seconds."""


class TelemetrySnapshot(Telemetry, frozen=True, kw_only=True):
    """Newest Telemetry of a device. ``heard_at``: when the server got it."""

    device_id: DeviceId
    heard_at: datetime

    @property
    def at(self) -> datetime:
        """Instant at which the device measured it."""
        return instant_of(self.ts)


class ValidationOutcome(StrEnum):
    """Outcome of one message."""

    STORED = "stored"
    MALFORMED = "malformed"
    RETAINED = "retained"
    UNKNOWN = "unknown"
    SECONDS = "seconds"
    FUTURE = "future"
    OLD = "old"
    OFTEN = "often"
    DROPPED = "dropped"
    """More arrived than could be taken."""


def judge(at_ms: int, now_ms: int, last_ms: int) -> ValidationOutcome:
    """Judge a message measured at ``at_ms``; ``last_ms``: the time of the last one stored."""
    if at_ms < SECONDS_BELOW_MS:
        return ValidationOutcome.SECONDS
    if at_ms > now_ms + IAT_AHEAD_MAX_MS:
        return ValidationOutcome.FUTURE
    if at_ms < now_ms - OLD_MS:
        return ValidationOutcome.OLD
    return ValidationOutcome.OFTEN if 0 < abs(at_ms - last_ms) < APART_MS else ValidationOutcome.STORED
