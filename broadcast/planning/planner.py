"""The plans of many areas, kept in step: an edit replans its own areas on its own dates and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from broadcast.model.area_rules import AreaRules
from broadcast.model.transmissions import DayPlan, Transmission, TransmissionId
from broadcast.planning.candidates import DAY, Expansion
from broadcast.planning.days import plan_days
from broadcast.targeting import reached
from devices.areas import AreaId, AreaTree

PlanKey = tuple[AreaId, date]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of what is promised; an edited transmission is removed and added."""

    added: tuple[Transmission, ...] = ()
    removed: tuple[Transmission, ...] = ()


class Planner:
    """Transmissions indexed by the planning areas they reach, and the plans made of them."""

    def __init__(
        self,
        tree: AreaTree,
        rules: Mapping[AreaId, AreaRules],
        transmissions: Iterable[Transmission] = (),
    ) -> None:
        """``rules`` has the effective rules of every planning area."""
        self._tree = tree
        self._rules = rules
        self._here: dict[AreaId, dict[TransmissionId, Transmission]] = {area_id: {} for area_id in rules}
        self._expansions = {zone: Expansion(zone) for zone in {rule.zone for rule in rules.values()}}
        self._first_on = date.min
        self._days = 0
        self.plans: dict[PlanKey, DayPlan] = {}
        for transmission in transmissions:
            self._add(transmission)

    def transmissions_in(self, area_id: AreaId) -> Sequence[Transmission]:
        """Those reaching a planning area."""
        return tuple(self._here[area_id].values())

    def build(self, first_on: date, days: int) -> Mapping[PlanKey, DayPlan]:
        """Plan every area for ``days`` dates; remembers the horizon for later edits."""
        self._first_on, self._days = first_on, days
        self.plans = {}
        for area_id in self._here:
            self._plan(area_id, first_on, days)
        return self.plans

    def replan_after(self, edit: Edit) -> Mapping[PlanKey, DayPlan]:
        """Take the edit in and plan anew what it touches; returns the plans that differ from before."""
        touched: dict[AreaId, set[date]] = {}
        for transmission in (*edit.removed, *edit.added):
            for area_id in reached(transmission.targets, self._tree, self._here):
                touched.setdefault(area_id, set()).update(self._dates(transmission, area_id))
        for transmission in edit.added:
            self._add(transmission)
        # The removed ones are still in the index here: what they reached across midnight is to be planned anew too.
        spread = {area_id: self._spread(area_id, dates) for area_id, dates in touched.items()}
        for transmission in edit.removed:
            if transmission.id not in {added.id for added in edit.added}:
                self._remove(transmission)
        before = {(area_id, on): self.plans[area_id, on] for area_id, dates in spread.items() for on in dates}
        for area_id, dates in spread.items():
            for first_on, days in _runs(dates):
                self._plan(area_id, first_on, days)
        return {key: self.plans[key] for key, old in before.items() if self.plans[key] != old}

    def _plan(self, area_id: AreaId, first_on: date, days: int) -> None:
        rules = self._rules[area_id]
        expansion = self._expansions[rules.zone]
        here = self._here[area_id].values()
        for plan in plan_days(area_id, first_on, days, here, rules, expansion=expansion):
            self.plans[area_id, plan.on] = plan

    def _horizon(self) -> Iterable[date]:
        return (self._first_on + n * DAY for n in range(self._days))

    def _dates(self, transmission: Transmission, area_id: AreaId) -> set[date]:
        expansion = self._expansions[self._rules[area_id].zone]
        return {on for on in self._horizon() if expansion.of(transmission, on)}

    def _spread(self, area_id: AreaId, dates: set[date]) -> set[date]:
        """The dates with those that a chain of items running past midnight ties to them."""
        found = set(dates)
        for on in dates:
            before, after = on, on
            while before > self._first_on and self._crosses(area_id, before):
                before -= DAY
                found.add(before)
            while after < self._first_on + (self._days - 1) * DAY and self._crosses(area_id, after + DAY):
                after += DAY
                found.add(after)
        return found

    def _crosses(self, area_id: AreaId, on: date) -> bool:
        expansion = self._expansions[self._rules[area_id].zone]
        midnight = expansion.midnight(on)
        here = self._here[area_id].values()
        return any(c.end_at > midnight for t in here for c in expansion.of(t, on - DAY))

    def _add(self, transmission: Transmission) -> None:
        for expansion in self._expansions.values():
            expansion.forget(transmission.id)
        for area_id in reached(transmission.targets, self._tree, self._here):
            self._here[area_id][transmission.id] = transmission

    def _remove(self, transmission: Transmission) -> None:
        for here in self._here.values():
            here.pop(transmission.id, None)
        for expansion in self._expansions.values():
            expansion.forget(transmission.id)


def _runs(dates: Iterable[date]) -> list[tuple[date, int]]:
    """Consecutive dates as (first, how many)."""
    runs: list[tuple[date, int]] = []
    for on in sorted(dates):
        if runs and runs[-1][0] + runs[-1][1] * DAY == on:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((on, 1))
    return runs
