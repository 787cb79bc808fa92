"""The plans of many areas, kept in step: an edit replans its own areas on its own dates and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from broadcast.model.area_rules import AreaRules
from broadcast.model.transmissions import DayPlan, Transmission, TransmissionId
from broadcast.planning.candidates import DAY, Expansion
from broadcast.planning.days import AreaPlanning
from broadcast.targeting import Reach
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
        self._reach = Reach(tree, rules)
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
        self.plans = {
            (area_id, plan.on): plan for area_id in self._here for plan in self._planning(area_id).plans(first_on, days)
        }
        return self.plans

    def replan_after(self, edit: Edit) -> Mapping[PlanKey, DayPlan]:
        """Take the edit in and plan anew what it touches; returns the plans that differ from before."""
        before = self._touched(edit.removed)
        for area_id, dates in before.items():
            dates.update(self._tied(self._planning(area_id), dates))
        for transmission in edit.removed:
            self._remove(transmission)
        for transmission in edit.added:
            self._add(transmission)
        touched = self._touched(edit.added)
        for area_id, dates in before.items():
            touched.setdefault(area_id, set()).update(dates)
        changed: dict[PlanKey, DayPlan] = {}
        for area_id, dates in touched.items():
            planning = self._planning(area_id)
            for first_on, days in _runs(self._tied(planning, dates)):
                for plan in planning.plans(first_on, days):
                    if self.plans[area_id, plan.on] != plan:
                        changed[area_id, plan.on] = plan
        self.plans.update(changed)
        return changed

    def _planning(self, area_id: AreaId) -> AreaPlanning:
        rules = self._rules[area_id]
        return AreaPlanning(area_id, self._here[area_id].values(), rules, expansion=self._expansions[rules.zone])

    def _touched(self, transmissions: Iterable[Transmission]) -> dict[AreaId, set[date]]:
        """The areas they reach, with the dates in the horizon on which they air there."""
        found: dict[AreaId, set[date]] = {}
        for transmission in transmissions:
            dates = {zone: self._dates(transmission, expansion) for zone, expansion in self._expansions.items()}
            for area_id in self._reach.of(transmission.targets):
                found.setdefault(area_id, set()).update(dates[self._rules[area_id].zone])
        return found

    def _dates(self, transmission: Transmission, expansion: Expansion) -> set[date]:
        horizon = (self._first_on + n * DAY for n in range(self._days))
        return {on for on in horizon if expansion.of(transmission, on)}

    def _tied(self, planning: AreaPlanning, dates: set[date]) -> set[date]:
        """The dates with those that items running past midnight tie to them, within the horizon."""
        last_on = self._first_on + (self._days - 1) * DAY
        found: set[date] = set()
        for on in dates:
            before = after = on
            while before > self._first_on and before not in found and planning.ties(before):
                before -= DAY
            while after < last_on and after not in found and planning.ties(after + DAY):
                after += DAY
            found.update(before + n * DAY for n in range((after - before).days + 1))
        return found

    def _add(self, transmission: Transmission) -> None:
        for expansion in self._expansions.values():
            expansion.forget(transmission.id)
        for area_id in self._reach.of(transmission.targets):
            self._here[area_id][transmission.id] = transmission

    def _remove(self, transmission: Transmission) -> None:
        for area_id in self._reach.of(transmission.targets):
            self._here[area_id].pop(transmission.id, None)
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
