"""Quiet hours of an area: its loudspeakers keep silent. Only an alert is exempt."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from broadcast.scheduling.area_rules import AreaRules, QuietWindow

_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


def instant(on: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a wall time."""
    return datetime.combine(on, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=4096)
def quiet_spans(rules: AreaRules, on: date) -> tuple[Span, ...]:
    """Return the quiet intervals that begin on the local date ``on``; those past midnight end on the next."""
    return tuple(sorted(_span(window, on, rules.zone) for window in rules.quiet))


def first_quiet(rules: AreaRules, start_at: datetime, end_at: datetime) -> Span | None:
    """Return the first quiet interval that [start_at, end_at) overlaps, or None. Touching is not overlapping."""
    return next((s for s in _spans_around(rules, start_at, end_at) if s[0] < end_at and start_at < s[1]), None)


def is_quiet(rules: AreaRules, start_at: datetime, end_at: datetime) -> bool:
    """Return whether any part of [start_at, end_at) is quiet there."""
    return first_quiet(rules, start_at, end_at) is not None


def _spans_around(rules: AreaRules, start_at: datetime, end_at: datetime) -> Iterator[Span]:
    zone = ZoneInfo(rules.zone)
    on = start_at.astimezone(zone).date() - _DAY
    last_on = end_at.astimezone(zone).date()
    while on <= last_on:
        yield from quiet_spans(rules, on)
        on += _DAY


def _span(window: QuietWindow, on: date, zone: str) -> Span:
    until_on = on if window.start < window.until else on + _DAY
    return instant(on, window.start, zone), instant(until_on, window.until, zone)
