"""Dates that nothing runs into or out of, kept so that an edit places anew only what it meets."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from broadcast.model.transmissions import DayPlan, OccurrenceId, PlanEntry, Unplaced
from broadcast.planning.candidates import Candidate
from broadcast.planning.hearing import Heard
from broadcast.planning.stretches import Stretch, Stretches
from broadcast.planning.wire import WirePlan, joined_bytes
from devices.areas import AreaId

_START = attrgetter("start_at")
_START_AND_ID = attrgetter("start_at", "occurrence_id")

Promises = Mapping[date, Heard]


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit takes from one date and brings to it, under one set of rules."""

    on: date
    out: tuple[Candidate, ...]
    into: tuple[Candidate, ...]
    released: frozenset[OccurrenceId]
    held: tuple[Unplaced, ...]
    runs_over: bool


def changes_between(out: Iterable[Promises], into: Iterable[Promises]) -> list[Change]:
    """By date, what is different where ``out`` was promised and ``into`` is."""
    took, brought = _by_date(out), _by_date(into)
    return [
        Change(
            on=on,
            out=tuple(candidate for heard in took.get(on, ()) for candidate in heard.audible),
            into=tuple(candidate for heard in brought.get(on, ()) for candidate in heard.audible),
            released=frozenset(item.occurrence_id for heard in took.get(on, ()) for item in heard.held),
            held=tuple(item for heard in brought.get(on, ()) for item in heard.held),
            runs_over=any(heard.runs_over for heard in (*took.get(on, ()), *brought.get(on, ()))),
        )
        for on in dict.fromkeys((*took, *brought))
    ]


def _by_date(promises: Iterable[Promises]) -> dict[date, list[Heard]]:
    found: dict[date, list[Heard]] = {}
    for each in promises:
        for on, heard in each.items():
            found.setdefault(on, []).append(heard)
    return found


def closed_day(
    area_id: AreaId, on: date, audible: Iterable[Candidate], held: Sequence[Unplaced], stretches: Stretches
) -> ClosedDay:
    """The day of those candidates, in any order."""
    day = _Parts([], [], [])
    day.replace(0, 0, stretches.of(sorted(audible, key=_START)))
    return day.closed(area_id, on, tuple(held))


@dataclass(frozen=True, slots=True, eq=False)
class ClosedDay:
    """A date into and out of which nothing audible runs: its stretches in time order, and what quiet hours hold.

    ``lost`` is what the stretches left unplaced.
    """

    plan: DayPlan
    stretches: tuple[Stretch, ...]
    lost: tuple[Unplaced, ...]
    held: tuple[Unplaced, ...]

    def after(self, change: Change, stretches: Stretches) -> ClosedDay:
        """The day that the change makes of it: only the stretches it meets are placed anew."""
        parts = _Parts(list(self.stretches), list(self.plan.entries), list(self.lost))
        for candidate in change.out:
            parts.take_out(candidate, stretches)
        for candidate in change.into:
            parts.put_in(candidate, stretches)
        held = self.held
        if change.released:
            held = tuple(item for item in held if item.occurrence_id not in change.released)
        return parts.closed(self.plan.area_id, self.plan.on, held + change.held)

    def wire(self) -> WirePlan:
        """The plan's one encoding."""
        return joined_bytes(self.plan.area_id, self.plan.on, [stretch.items for stretch in self.stretches])


@dataclass(slots=True)
class _Parts:
    """A day while it is changed: its stretches, and their entries and losers, all in time order."""

    stretches: list[Stretch]
    entries: list[PlanEntry]
    lost: list[Unplaced]

    def take_out(self, candidate: Candidate, stretches: Stretches) -> None:
        at = bisect_right(self.stretches, candidate.start_at, key=_START) - 1
        rest = [each for each in self.stretches[at].candidates if each is not candidate]
        self.replace(at, at + 1, stretches.of(rest))

    def put_in(self, candidate: Candidate, stretches: Stretches) -> None:
        first = bisect_right(self.stretches, candidate.start_at, key=_START)
        if first > 0 and self.stretches[first - 1].end_at > candidate.start_at:
            first -= 1
        last = bisect_left(self.stretches, candidate.end_at, lo=first, key=_START)
        met = [each for stretch in self.stretches[first:last] for each in stretch.candidates]
        self.replace(first, last, stretches.of(sorted((*met, candidate), key=_START)))

    def replace(self, first: int, last: int, new: Sequence[Stretch]) -> None:
        """Put ``new`` in the place of stretches ``first`` to ``last`` (not included), with all that is theirs."""
        old = self.stretches[first:last]
        self.stretches[first:last] = new
        # All that belongs to earlier stretches starts before either of these does.
        starts = [stretch.start_at for stretch in (*old[:1], *new[:1])]
        if starts:
            start_at = min(starts)
            at = bisect_left(self.entries, start_at, key=_START)
            until = at + sum(len(stretch.entries) for stretch in old)
            self.entries[at:until] = [entry for stretch in new for entry in stretch.entries]
            at = bisect_left(self.lost, start_at, key=_START)
            until = at + sum(len(stretch.unplaced) for stretch in old)
            self.lost[at:until] = [item for stretch in new for item in stretch.unplaced]

    def closed(self, area_id: AreaId, on: date, held: tuple[Unplaced, ...]) -> ClosedDay:
        lost = unplaced = tuple(self.lost)
        if held:
            unplaced = tuple(sorted(lost + held, key=_START_AND_ID))
        return ClosedDay(DayPlan(area_id, on, tuple(self.entries), unplaced), tuple(self.stretches), lost, held)
