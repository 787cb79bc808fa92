"""Plausibility of a Telemetry: the reasons for which one is not taken."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from devices.protocol.limits import IAT_AHEAD_MAX_MS

SECONDS_BELOW_MS: Final = 100_000_000_000
"""No device reported anything in 1973; times in seconds of this century lie below."""
OLD_MS: Final = 3_600_000
"""A message expires after ten minutes: one older than an hour was measured by a wrong clock."""
APART_MS: Final = 200
"""A device reports its health every minute at most, and a change every five seconds."""


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
