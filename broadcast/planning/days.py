"""What one area hears on each of some days: the same input gives the same plans, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from broadcast.model.area_rules import AreaRules
from broadcast.model.transmissions import DayPlan, PlanEntry, Transmission, Unplaced
from broadcast.planning.candidates import DAY, Candidate, Expansion, block_of
from broadcast.planning.placing import Dated, Placement, quiet_reason
from broadcast.quiet_hours import Span, quiet_spans
from devices.areas import AreaId

# A chain of items overlapping across midnights is followed this far: a month of unbroken sound without quiet hours.
CHAIN_DAYS_MAX = 31
_START = attrgetter("start_at")
_END = attrgetter("end_at")
_START_AND_ID = attrgetter("start_at", "occurrence_id")


@dataclass(frozen=True, slots=True)
class Aired:
    """What cannot be planned any more: days as they were stored, and the instant before which they stand."""

    before_at: datetime
    plans: Sequence[DayPlan] = ()


def plan_day(area_id: AreaId, on: date, transmissions: Iterable[Transmission], rules: AreaRules) -> DayPlan:
    """The plan of one local date. ``transmissions`` are those reaching the area, in any order."""
    return plan_days(area_id, on, 1, transmissions, rules)[0]


def plan_days(
    area_id: AreaId,
    first_on: date,
    days: int,
    transmissions: Iterable[Transmission],
    rules: AreaRules,
    *,
    aired: Aired | None = None,
    expansion: Expansion | None = None,
) -> tuple[DayPlan, ...]:
    """The plans of ``days`` local dates from ``first_on``; each promised airing is in one of them, placed or not.

    An item belongs to the date on which it starts and may run past midnight. Which of two items wins never depends on
    where the window begins or ends: whatever overlaps the window, directly or through others, is taken into account.
    ``expansion`` (of the rules' zone) may be shared between calls. Withdrawn transmissions promise nothing.
    """
    return AreaPlanning(area_id, transmissions, rules, aired=aired, expansion=expansion).plans(first_on, days)


class AreaPlanning:
    """Planning one area, for several runs of dates; the arguments are those of :func:`plan_days`."""

    def __init__(
        self,
        area_id: AreaId,
        transmissions: Iterable[Transmission],
        rules: AreaRules,
        *,
        aired: Aired | None = None,
        expansion: Expansion | None = None,
    ) -> None:
        self._area_id = area_id
        self._transmissions = tuple(t for t in transmissions if t.withdrawn_at is None)
        self._rules = rules
        self._aired = aired
        self._expansion = expansion or Expansion(rules.zone)
        self._promised: dict[int, Mapping[date, Sequence[Candidate]]] = {}

    def plans(self, first_on: date, days: int) -> tuple[DayPlan, ...]:
        """See :func:`plan_days`."""
        first_at, last_on = self._expansion.midnight(first_on), first_on + (days - 1) * DAY
        window = [first_on + n * DAY for n in range(days)]
        kept = [plan for plan in (self._aired.plans if self._aired else ()) if plan.on <= last_on]
        placement = Placement(self._standing(kept))
        heard: list[Candidate] = []
        for on in window:
            audible, quiet = self._sorted_out(on)
            heard += audible
            for candidate, span in quiet:
                placement.hold(candidate, [quiet_reason(span)])
        heard += self._connected_before(first_on)
        heard += self._connected_after(last_on + DAY, max((c.end_at for c in heard), default=first_at))
        placement.place_all(heard)
        return self._cut_by_day(window, placement, kept)

    def ties(self, on: date) -> bool:
        """Whether anything promised runs into ``on`` from the date before: then the two are planned together."""
        midnight = self._expansion.midnight(on)
        return any(candidate.end_at > midnight for candidate in self._promised_on(on - DAY))

    def _cut_by_day(self, window: Sequence[date], placement: Placement, kept: Sequence[DayPlan]) -> tuple[DayPlan, ...]:
        entries: dict[date, list[PlanEntry]] = {on: [] for on in window}
        unplaced: dict[date, list[Unplaced]] = {on: [] for on in window}
        for on, entry in placement.entries():
            if on in entries:
                entries[on].append(entry)
        for on, item in placement.unplaced:
            if on in unplaced:
                unplaced[on].append(item)
        for plan in kept:
            assert self._aired is not None
            if plan.on in unplaced:
                unplaced[plan.on] += [item for item in plan.unplaced if item.start_at < self._aired.before_at]
        return tuple(
            DayPlan(
                self._area_id,
                on,
                tuple(sorted(entries[on], key=_START)),
                tuple(sorted(unplaced[on], key=_START_AND_ID)),
            )
            for on in window
        )

    def _standing(self, kept: Sequence[DayPlan]) -> list[Dated]:
        if self._aired is None:
            return []
        return [(plan.on, entry) for plan in kept for entry in plan.entries if entry.start_at < self._aired.before_at]

    def _sorted_out(self, on: date) -> tuple[list[Candidate], list[tuple[Candidate, Span]]]:
        """That day's candidates: those that may be heard, and those that quiet hours hold back."""
        spans = [span for day in (on - DAY, on, on + DAY) for span in quiet_spans(self._rules, day)]
        since_at = self._aired.before_at if self._aired else None
        audible: list[Candidate] = []
        quiet: list[tuple[Candidate, Span]] = []
        for candidate in self._promised_on(on):
            if since_at is not None and candidate.start_at < since_at:
                continue
            for span in spans:
                if span[0] < candidate.end_at and candidate.start_at < span[1]:
                    quiet.append((candidate, span))
                    break
            else:
                audible.append(candidate)
        return audible, quiet

    def _promised_on(self, on: date) -> Sequence[Candidate]:
        number = block_of(on)
        if number not in self._promised:
            found: dict[date, list[Candidate]] = {}
            for transmission in self._transmissions:
                for day, candidates in self._expansion.block(transmission, number).items():
                    found.setdefault(day, []).extend(candidates)
            self._promised[number] = found
        return self._promised[number].get(on, ())

    def _connected_before(self, first_on: date) -> list[Candidate]:
        """Earlier days' candidates that reach past the window's beginning, and what overlaps those, and so on."""
        found: list[Candidate] = []
        cut_at = self._expansion.midnight(first_on)
        for back in range(1, CHAIN_DAYS_MAX + 1):
            # No airing is longer than a day, so a date of which nothing reaches the cut ends the chain.
            reached_at = cut_at
            for candidate in sorted(self._sorted_out(first_on - back * DAY)[0], key=_END, reverse=True):
                if candidate.end_at <= cut_at:
                    break
                cut_at = min(cut_at, candidate.start_at)
                found.append(candidate)
            if cut_at == reached_at:
                break
        return found

    def _connected_after(self, after_on: date, cut_at: datetime) -> list[Candidate]:
        """Later days' candidates that begin before the window's last item ends, and so on."""
        found: list[Candidate] = []
        for ahead in range(CHAIN_DAYS_MAX):
            on = after_on + ahead * DAY
            if cut_at <= self._expansion.midnight(on):
                break
            for candidate in sorted(self._sorted_out(on)[0], key=_START):
                if candidate.start_at >= cut_at:
                    break
                cut_at = max(cut_at, candidate.end_at)
                found.append(candidate)
        return found
