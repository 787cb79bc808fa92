"""Hardware clock of a device: the only place where its firmware reads it."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Return the clock's time: milliseconds UTC."""
    return time.time_ns() // 1_000_000


def now_s() -> float:
    """Return the clock's time in seconds UTC, with what a millisecond has of microseconds."""
    return time.time()


def utc_now() -> datetime:
    """Return the clock's time, aware."""
    return datetime.now(UTC)
