"""Timetable of a calendar: rows of areas, and on them every planned start in a span of time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from broadcast.bulletins.model import BulletinId, BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.targeting import TargetIndex
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.scheduling.area_rules import AreaRules, quiet_spans
from broadcast.scheduling.recurrence import occurrences
from broadcast.scheduling.rescheduling import Promise
from province.areas import AreaId, AreaTree

# More than a person reads at once, and about as many as a browser still moves smoothly.
SLOTS_MAX = 2000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A bulletin submitted or approved. ``since_at``: no airing that starts before it was ever meant to be heard.

    ``proposed`` is a change of it that waits for a second person.
    """

    bulletin_id: BulletinId
    version: int
    title: str
    status: BulletinStatus
    priority: PriorityClass
    targets: Targets
    schedules: tuple[Schedule, ...]
    duration_ms: int
    since_at: datetime
    valid_from_at: datetime | None = None
    valid_until_at: datetime | None = None
    proposed: Promise | None = None


class ChangeEffect(StrEnum):
    """Effect of the waiting change on an airing."""

    NONE = "none"
    LEAVING = "leaving"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class TimetableAiring:
    """One airing. ``rows`` hear it, those of them in ``partly`` not everywhere below."""

    planned: Planned
    schedule_id: str
    original_on: date
    start_at: datetime
    end_at: datetime
    rows: tuple[AreaId, ...]
    partly: tuple[AreaId, ...]
    change: ChangeEffect = ChangeEffect.NONE


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """A row's quiet hours, once."""

    row: AreaId
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows under one area, and the leaf areas that each stands for."""

    leaves: Mapping[AreaId, AreaId]

    @property
    def ids(self) -> tuple[AreaId, ...]:
        """In the order of the tree."""
        return tuple(dict.fromkeys(self.leaves.values()))

    def of(self, reached: Iterable[AreaId]) -> tuple[tuple[AreaId, ...], tuple[AreaId, ...]]:
        """Return the rows of these leaf areas, and those of them of which some leaf is missing."""
        whole, heard = Counter(self.leaves.values()), Counter(self.leaves[leaf] for leaf in reached)
        there = tuple(row for row in self.ids if row in heard)
        return there, tuple(row for row in there if heard[row] < whole[row])


def rows_under(area_id: AreaId, tree: AreaTree, on: date) -> Rows:
    """Return the rows of its direct children in force; of the area itself where it has none."""
    children = [area.id for area in tree.children(area_id) if area.is_in_force(on)] or [area_id]
    return Rows({leaf: row for row in children for leaf in _leaves(row, tree, on)})


def slots(
    planned: Iterable[Planned], rows: Rows, tree: AreaTree, from_at: datetime, until_at: datetime
) -> tuple[TimetableAiring, ...]:
    """Return every airing that is on air at some time in [from_at, until_at), by start and bulletin."""
    hearers = _Hearers(rows, TargetIndex(tree, rows.leaves))
    found: list[TimetableAiring] = []
    for each in planned:
        own = _airings(each, hearers, from_at, until_at)
        if each.proposed is None:
            found += own
        else:
            found += _compared(own, _airings(_promised(each, each.proposed), hearers, from_at, until_at))
    found.sort(key=lambda slot: (slot.start_at, slot.planned.bulletin_id, slot.schedule_id))
    return tuple(found)


def _promised(planned: Planned, promise: Promise) -> Planned:
    return replace(planned, schedules=promise.schedules, priority=promise.priority, targets=promise.targets)


def silences(rules: Mapping[AreaId, AreaRules], from_at: datetime, until_at: datetime) -> tuple[QuietSpan, ...]:
    """Return the quiet hours of each row that touch [from_at, until_at)."""
    found = []
    for row, rule in rules.items():
        on = from_at.astimezone(ZoneInfo(rule.zone)).date() - _DAY
        while on <= until_at.astimezone(ZoneInfo(rule.zone)).date():
            found += [
                QuietSpan(row, *span) for span in quiet_spans(rule, on) if span[0] < until_at and span[1] > from_at
            ]
            on += _DAY
    return tuple(found)


def _compared(own: Sequence[TimetableAiring], new: Sequence[TimetableAiring]) -> Iterator[TimetableAiring]:
    """Yield leaving, coming and unchanged airings, the last as the change names them: they may be changed again."""
    before, after = {slot.start_at for slot in own}, {slot.start_at for slot in new}
    for slot in own:
        if slot.start_at not in after:
            yield replace(slot, change=ChangeEffect.LEAVING)
    for slot in new:
        yield slot if slot.start_at in before else replace(slot, change=ChangeEffect.COMING)


class _Hearers:
    """The rows that targets reach, whole or in part; worked out once for all that is aimed at the same places."""

    def __init__(self, rows: Rows, reach: TargetIndex) -> None:
        self._rows = rows
        self._reach = reach
        self._known: dict[Targets, tuple[tuple[AreaId, ...], tuple[AreaId, ...]]] = {}

    def of(self, targets: Targets) -> tuple[tuple[AreaId, ...], tuple[AreaId, ...]]:
        found = self._known.get(targets)
        if found is None:
            found = self._known[targets] = self._rows.of(self._reach.of(targets))
        return found


def _airings(planned: Planned, hearers: _Hearers, from_at: datetime, until_at: datetime) -> list[TimetableAiring]:
    there, partly = hearers.of(planned.targets)
    if not there:
        return []
    length = timedelta(milliseconds=planned.duration_ms)
    return [
        TimetableAiring(
            planned, airing.schedule_id, airing.original_on, airing.start_at, airing.start_at + length, there, partly
        )
        for airing in occurrences(
            planned.schedules,
            since_at=max(planned.since_at, from_at - length + timedelta(microseconds=1)),
            until_at=until_at,
            transmission_id=TransmissionId(planned.bulletin_id),
            duration_ms=planned.duration_ms,
            valid_from_at=planned.valid_from_at,
            valid_until_at=planned.valid_until_at,
        )
    ]


def _leaves(area_id: AreaId, tree: AreaTree, on: date) -> Sequence[AreaId]:
    children = [area.id for area in tree.children(area_id) if area.is_in_force(on)]
    return [leaf for child in children for leaf in _leaves(child, tree, on)] or [area_id]
