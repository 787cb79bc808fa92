"""Quiet hours and volume by time of day, as the device keeps them, over its plan."""

from __future__ import annotations

from collections.abc import Iterable

from devices.protocol.messages import Desired, QuietHours

_MINUTE_MS = 60_000
_DAY_MS = 24 * 60 * _MINUTE_MS


def is_quiet(start_ms: int, end_ms: int, quiet: Iterable[QuietHours], utc_offset_min: int) -> bool:
    """Return whether any part of [start, end) (ms UTC) lies in a window; an empty range counts as its first instant.

    Windows are half open and run past midnight where ``until`` is not after ``start``.
    """
    first = start_ms + utc_offset_min * _MINUTE_MS
    last = max(end_ms + utc_offset_min * _MINUTE_MS, first + 1)
    return any(_overlaps(first, last, window.start, window.until) for window in quiet)


def volume_at(at_ms: int, desired: Desired) -> int:
    """Return the volume, in per cent, at an instant (ms UTC)."""
    here = at_ms + desired.utc_offset_min * _MINUTE_MS
    open_now = (each.volume_pct for each in desired.volumes if _overlaps(here, here + 1, each.start, each.until))
    return min(open_now, default=desired.volume_pct)


def _overlaps(first: int, last: int, start: str, until: str) -> bool:
    opens = _minutes(start) * _MINUTE_MS
    closes = _minutes(until) * _MINUTE_MS
    length = (closes - opens) % _DAY_MS or _DAY_MS
    # The latest opening before the range ends is the only one that can still be open in it, or was open at its start.
    opened = last - 1 - (last - 1 - opens) % _DAY_MS
    return opened + length > first


def _minutes(wall: str) -> int:
    hours, minutes = wall.split(":")
    return int(hours) * 60 + int(minutes)
