"""Closed days: dates with no sound across either midnight, kept so that an edit places again only what it meets."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, Unplaced
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning.audible import DayCandidates
from broadcast.scheduling.planning.candidates import Candidate
from broadcast.scheduling.planning.stretches import Stretch, Stretches
from broadcast.scheduling.planning.wire import WirePlan, joined_bytes
from province.areas import AreaId

_START = attrgetter("start_at")
_START_AND_ID = attrgetter("start_at", "occurrence_id")

Promises = Mapping[date, DayCandidates]


@dataclass(frozen=True, slots=True)
class DayChange:
    """Candidates that an edit takes from one date and brings to it, under one set of rules."""

    on: date
    out: tuple[Candidate, ...]
    into: tuple[Candidate, ...]
    released: frozenset[OccurrenceId]
    held: tuple[Unplaced, ...]
    runs_over: bool


def changes_between(out: Iterable[Promises], into: Iterable[Promises]) -> list[DayChange]:
    """List by date the changes from the promises ``out`` to the promises ``into``."""
    took, brought = _by_date(out), _by_date(into)
    return [
        DayChange(
            on=on,
            out=tuple(candidate for heard in took.get(on, ()) for candidate in heard.audible),
            into=tuple(candidate for heard in brought.get(on, ()) for candidate in heard.audible),
            released=frozenset(item.occurrence_id for heard in took.get(on, ()) for item in heard.held),
            held=tuple(item for heard in brought.get(on, ()) for item in heard.held),
            runs_over=any(heard.runs_over for heard in (*took.get(on, ()), *brought.get(on, ()))),
        )
        for on in dict.fromkeys((*took, *brought))
    ]


def _by_date(promises: Iterable[Promises]) -> dict[date, list[DayCandidates]]:
    found: dict[date, list[DayCandidates]] = {}
    for each in promises:
        for on, heard in each.items():
            found.setdefault(on, []).append(heard)
    return found


class ClosedDay:
    """A date with no sound across either midnight, and its ``plan``.

    It keeps its stretches, with their entries and what they left unplaced, in time order: an edit replaces those it
    meets and touches nothing of the others.
    """

    __slots__ = ("_entries", "_held", "_lost", "_rules", "_stretches", "plan")

    def __init__(
        self,
        area_id: AreaId,
        on: date,
        audible: Iterable[Candidate],
        held: Sequence[Unplaced],
        stretches: Stretches,
        *,
        rules: AreaRules | None = None,
    ) -> None:
        """``audible`` may be in any order; ``held`` is what quiet hours hold back; ``rules`` if they have a quota."""
        self._rules = rules
        self._stretches = stretches.of(sorted(audible, key=_START), rules)
        self._entries = [entry for stretch in self._stretches for entry in stretch.entries]
        self._lost = [item for stretch in self._stretches for item in stretch.unplaced]
        self._held = list(held)
        self.plan = DayPlan(area_id, on, tuple(self._entries), self._unplaced())

    def take_in(self, change: DayChange, stretches: Stretches) -> DayPlan:
        """Make the change and return the new plan."""
        is_same = not change.released and not change.held
        for candidate in change.out:
            is_same &= self._take_out(candidate, stretches)
        for candidate in change.into:
            is_same &= self._put_in(candidate, stretches)
        self._held = [item for item in self._held if item.occurrence_id not in change.released]
        self._held += change.held
        unplaced = self.plan.unplaced if is_same else self._unplaced()
        self.plan = DayPlan(self.plan.area_id, self.plan.on, tuple(self._entries), unplaced)
        return self.plan

    def wire(self) -> WirePlan:
        """Return the plan's one encoding."""
        return joined_bytes(self.plan.area_id, self.plan.on, [stretch.items for stretch in self._stretches])

    def _unplaced(self) -> tuple[Unplaced, ...]:
        return tuple(sorted(self._lost + self._held, key=_START_AND_ID)) if self._held else tuple(self._lost)

    def _take_out(self, candidate: Candidate, stretches: Stretches) -> bool:
        at = bisect_right(self._stretches, candidate.start_at, key=_START) - 1
        rest = [each for each in self._stretches[at].candidates if each is not candidate]
        return self._replace(at, at + 1, stretches.of(rest, self._rules), candidate.start_at)

    def _put_in(self, candidate: Candidate, stretches: Stretches) -> bool:
        first, last = self._met_by(candidate)
        met = [each for stretch in self._stretches[first:last] for each in stretch.candidates]
        new = stretches.of(sorted((*met, candidate), key=_START), self._rules)
        return self._replace(first, last, new, candidate.start_at)

    def _met_by(self, candidate: Candidate) -> tuple[int, int]:
        """Return the range of stretches that the candidate overlaps; all of them under a quota."""
        if self._rules is not None:
            return 0, len(self._stretches)
        first = bisect_right(self._stretches, candidate.start_at, key=_START)
        if first > 0 and self._stretches[first - 1].end_at > candidate.start_at:
            first -= 1
        return first, bisect_left(self._stretches, candidate.end_at, lo=first, key=_START)

    def _replace(self, first: int, last: int, new: Sequence[Stretch], start_at: datetime) -> bool:
        """Put ``new`` in the place of some stretches, around ``start_at``; tell whether nothing was or is unplaced."""
        old = self._stretches[first:last]
        self._stretches[first:last] = new
        if old:
            start_at = min(start_at, old[0].start_at)
        # All that belongs to earlier stretches starts before.
        at = bisect_left(self._entries, start_at, key=_START)
        until = at + sum(len(stretch.entries) for stretch in old)
        self._entries[at:until] = [entry for stretch in new for entry in stretch.entries]
        before = sum(len(stretch.unplaced) for stretch in old)
        after = [item for stretch in new for item in stretch.unplaced]
        if not before and not after:
            return True
        at = bisect_left(self._lost, start_at, key=_START)
        self._lost[at : at + before] = after
        return False
