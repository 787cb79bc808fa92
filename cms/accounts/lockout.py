"""Lockout: the wait after repeated wrong codes."""

from __future__ import annotations

FREE_FAILURES = 5
FIRST_LOCK_S = 30
LOCK_MAX_S = 3600


def lock_s(failures: int) -> int:
    """Return the lockout in seconds after this many failures in a row: doubling from the sixth on, at most an hour."""
    if failures <= FREE_FAILURES:
        return 0
    return min(FIRST_LOCK_S << min(failures - FREE_FAILURES - 1, 10), LOCK_MAX_S)
