"""Day plans of one area: the same input gives the same plans, byte for byte."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Final

from broadcast.bulletins.transmissions import DayPlan, PlanEntry, Reason, Transmission, TransmissionId, Unplaced
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning.audible import AudibleCandidates
from broadcast.scheduling.planning.candidates import DAY, Candidate, Expansion, left_out
from broadcast.scheduling.planning.placement import Dated, Placement
from province.areas import AreaId

# A chain of items overlapping across midnights is followed this far: a month of unbroken sound without quiet hours.
CHAIN_DAYS_MAX = 31
_START = attrgetter("start_at")
_END = attrgetter("end_at")
NOT_SIGNED: Final = Reason("NOT_SIGNED")
_START_AND_ID = attrgetter("start_at", "occurrence_id")


@dataclass(frozen=True, slots=True)
class FixedPast:
    """Fixed past of an area: its stored day plans, and the instant before which nothing is planned any more."""

    before_at: datetime
    plans: Sequence[DayPlan] = ()


def plan_day(area_id: AreaId, on: date, transmissions: Iterable[Transmission], rules: AreaRules) -> DayPlan:
    """Plan one local date. ``transmissions`` are those reaching the area, in any order."""
    return plan_days(area_id, on, 1, transmissions, rules)[0]


def plan_days(
    area_id: AreaId,
    first_on: date,
    days: int,
    transmissions: Iterable[Transmission],
    rules: AreaRules,
    *,
    aired: FixedPast | None = None,
) -> tuple[DayPlan, ...]:
    """Plan ``days`` local dates from ``first_on``; each promised airing is in one of the plans, placed or not.

    An item belongs to the date on which it starts and may run past midnight. Which of two items wins never depends on
    where the window begins or ends: whatever overlaps the window, directly or through others, is taken into account.
    Withdrawn transmissions promise nothing.
    """
    audible = AudibleCandidates(rules, Expansion(rules.zone, first_on))
    return AreaPlanning(area_id, transmissions, audible, aired=aired).plans(first_on, days)


@dataclass(slots=True)
class _Promised:
    audible: list[Candidate] = field(default_factory=list)
    held: list[Unplaced] = field(default_factory=list)
    runs_over: bool = False


class AreaPlanning:
    """Planning one area, for several runs of dates; the arguments are those of :func:`plan_days`."""

    def __init__(
        self,
        area_id: AreaId,
        transmissions: Iterable[Transmission],
        audible: AudibleCandidates,
        *,
        aired: FixedPast | None = None,
    ) -> None:
        self._area_id = area_id
        self._transmissions = tuple(t for t in transmissions if t.withdrawn_at is None)
        self._audible = audible
        self.quota_rules = audible.quota_rules
        self._aired = aired
        self._promised: dict[int, dict[date, _Promised]] = {}

    def plans(self, first_on: date, days: int) -> tuple[DayPlan, ...]:
        """See :func:`plan_days`."""
        first_at, last_on = self._midnight(first_on), first_on + (days - 1) * DAY
        window = [first_on + n * DAY for n in range(days)]
        kept = [plan for plan in (self._aired.plans if self._aired else ()) if plan.on <= last_on]
        placement = Placement(self._standing(kept), self.quota_rules)
        heard = [candidate for on in window for candidate in self.audible(on)]
        if self.quota_rules is None:
            heard += self._connected_before(first_on)
            heard += self._connected_after(last_on + DAY, max((c.end_at for c in heard), default=first_at))
        else:
            heard += self._tied_dates(first_on, last_on)
        placement.place_all(heard)
        return self._cut_by_day(window, placement, kept)

    def audible(self, on: date) -> Sequence[Candidate]:
        """Return that day's candidates that may be heard."""
        found = self._on(on).audible
        if self._aired is None:
            return found
        since_at = self._aired.before_at
        return [candidate for candidate in found if candidate.start_at >= since_at]

    def held(self, on: date) -> Sequence[Unplaced]:
        """Return that day's candidates that quiet hours hold back."""
        found = self._on(on).held
        if self._aired is None:
            return found
        since_at = self._aired.before_at
        return [item for item in found if item.start_at >= since_at]

    def ties(self, on: date) -> bool:
        """Return whether anything audible runs into ``on`` from the date before: then the two are planned together."""
        return self._on(on - DAY).runs_over

    def _cut_by_day(self, window: Sequence[date], placement: Placement, kept: Sequence[DayPlan]) -> tuple[DayPlan, ...]:
        entries: dict[date, list[PlanEntry]] = {on: [] for on in window}
        unplaced: dict[date, list[Unplaced]] = {on: list(self.held(on)) for on in window}
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

    def _midnight(self, on: date) -> datetime:
        return self._audible.expansion.midnight(on)

    def _on(self, on: date) -> _Promised:
        number = self._audible.expansion.number(on)
        block = self._promised.get(number)
        if block is None:
            block = self._promised[number] = self._gathered(number)
        return block.get(on) or _Promised()

    def _gathered(self, number: int) -> dict[date, _Promised]:
        found: dict[date, _Promised] = {}
        for transmission in self._transmissions:
            for on, heard in self._audible.block(transmission, number).items():
                day = found.get(on)
                if day is None:
                    day = found[on] = _Promised()
                day.audible += heard.audible
                day.held += heard.held
                day.runs_over = day.runs_over or heard.runs_over
        return found

    def _tied_dates(self, first_on: date, last_on: date) -> list[Candidate]:
        """Return all candidates of the dates tied to the window across midnight: under a quota all of a date counts."""
        found: list[Candidate] = []
        for back in range(CHAIN_DAYS_MAX):
            if not self.ties(first_on - back * DAY):
                break
            found += self.audible(first_on - (back + 1) * DAY)
        for ahead in range(1, CHAIN_DAYS_MAX + 1):
            if not self.ties(last_on + ahead * DAY):
                break
            found += self.audible(last_on + ahead * DAY)
        return found

    def _connected_before(self, first_on: date) -> list[Candidate]:
        """Return earlier days' candidates that reach past the window's beginning, those overlapping them, and so on."""
        found: list[Candidate] = []
        cut_at = self._midnight(first_on)
        for back in range(1, CHAIN_DAYS_MAX + 1):
            # No airing is longer than a day, so a date of which nothing reaches the cut ends the chain.
            reached_at = cut_at
            for candidate in sorted(self.audible(first_on - back * DAY), key=_END, reverse=True):
                if candidate.end_at <= cut_at:
                    break
                cut_at = min(cut_at, candidate.start_at)
                found.append(candidate)
            if cut_at == reached_at:
                break
        return found

    def _connected_after(self, after_on: date, cut_at: datetime) -> list[Candidate]:
        """Return later days' candidates that begin before the window's last item ends, and so on."""
        found: list[Candidate] = []
        for ahead in range(CHAIN_DAYS_MAX):
            on = after_on + ahead * DAY
            if cut_at <= self._midnight(on):
                break
            for candidate in sorted(self.audible(on), key=_START):
                if candidate.start_at >= cut_at:
                    break
                cut_at = max(cut_at, candidate.end_at)
                found.append(candidate)
        return found


def plan_signed(
    area_id: AreaId,
    first_on: date,
    days: int,
    transmissions: Iterable[Transmission],
    rules: AreaRules,
    *,
    withheld: Mapping[TransmissionId, Reason],
    aired: FixedPast | None = None,
) -> tuple[DayPlan, ...]:
    """Plan as ``plan_days`` does, with the airings of the ``withheld`` among the unplaced: they take no time."""
    here = list(transmissions)
    signed = [each for each in here if each.id not in withheld]
    plans = plan_days(area_id, first_on, days, signed, rules, aired=aired)
    if len(signed) == len(here):
        return plans
    waiting = [each for each in here if each.id in withheld]
    ahead = None if aired is None else FixedPast(aired.before_at)
    held = plan_days(area_id, first_on, days, waiting, rules, aired=ahead)
    return tuple(_with_held(plan, would, withheld) for plan, would in zip(plans, held, strict=True))


def _with_held(plan: DayPlan, would: DayPlan, withheld: Mapping[TransmissionId, Reason]) -> DayPlan:
    held = (left_out(entry, [withheld[entry.transmission_id]]) for entry in would.entries)
    return replace(plan, unplaced=tuple(sorted((*plan.unplaced, *held, *would.unplaced), key=_START_AND_ID)))
