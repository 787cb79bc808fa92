"""Area rules: the settings of one area, with an audit trail, enforced by planner and device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NewType
from zoneinfo import ZoneInfo

from province.areas import AreaId
from province.people import UserId
from province.wall_clock import DEFAULT_ZONE

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
ExemptionId = NewType("ExemptionId", str)
_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """Local wall times; where ``until`` is not after ``start`` the window runs past midnight."""

    start: time
    until: time


@dataclass(frozen=True, slots=True)
class VolumeWindow:
    """Volume between two local wall times; the window runs past midnight where ``until`` is not after ``start``."""

    start: time
    until: time
    volume_pct: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Airtime limits: sessions a day, minutes a session and a day, and the weekdays allowed (Monday is 0).

    ``None`` sets no limit. Airings within ``broadcast.scheduling.quotas.SESSION_GAP`` of each other are one session.
    """

    sessions: int | None = None
    session_min: int | None = None
    day_min: int | None = None
    weekdays: tuple[int, ...] = EVERY_DAY

    @property
    def is_unlimited(self) -> bool:
        return self == _UNLIMITED

    def within(self, above: Quota) -> Quota:
        """Return the stricter of the two in every field: an area can tighten the quota from above, not loosen it."""
        return Quota(
            _lower(self.sessions, above.sessions),
            _lower(self.session_min, above.session_min),
            _lower(self.day_min, above.day_min),
            tuple(day for day in self.weekdays if day in above.weekdays),
        )


@dataclass(frozen=True, slots=True)
class AreaRules:
    """The effective rules of one area. The default quiet hours are the province's (21:30 to 05:30).

    ``volumes`` override ``volume_pct`` at their times. ``exempt_on`` are dates without quota, by confirmed exemptions.
    Within ``freeze_min`` before air a plan stands. ``needs_signature``: nothing is heard there before its approval
    carries a digital signature. ``is_public``: airings there are listed on the public page.
    """

    quiet: tuple[QuietWindow, ...] = (QuietWindow(time(21, 30), time(5, 30)),)
    zone: str = DEFAULT_ZONE
    volume_pct: int = 80
    volumes: tuple[VolumeWindow, ...] = ()
    quota: Quota = Quota()
    exempt_on: tuple[date, ...] = ()
    freeze_min: int = 15
    needs_signature: bool = False
    is_public: bool = True

    @property
    def has_quota(self) -> bool:
        return not self.quota.is_unlimited


class ExemptionState(StrEnum):
    """Only a confirmed one has effect."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Exemption:
    """A date without quota in an area and below: asked for by one person, decided by another."""

    id: ExemptionId
    area_id: AreaId
    on: date
    reason: str
    state: ExemptionState
    asked_by: UserId
    asked_by_name: str
    asked_at: datetime
    decided_by: UserId | None = None
    decided_by_name: str = ""
    decided_at: datetime | None = None


def _lower(mine: int | None, above: int | None) -> int | None:
    return min((each for each in (mine, above) if each is not None), default=None)


_UNLIMITED = Quota()


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
