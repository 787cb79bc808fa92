"""The plans of many areas, kept in step: an edit replans its own areas on its own dates and nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from broadcast.bulletins.framing import Frames, Framing
from broadcast.bulletins.targeting import TargetIndex
from broadcast.bulletins.transmissions import DayPlan, Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning.audible import AudibleCandidates
from broadcast.scheduling.planning.candidates import DAY, Expansion
from broadcast.scheduling.planning.closed_days import ClosedDay, DayChange, Promises, changes_between
from broadcast.scheduling.planning.day_plans import AreaPlanning
from broadcast.scheduling.planning.stretches import Stretches
from broadcast.scheduling.planning.wire import WirePlan, plan_bytes
from province.areas import AreaId, AreaTree

PlanKey = tuple[AreaId, date]


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """One change of the promised transmissions; an edited one is removed and added."""

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
        self._reach = TargetIndex(tree, rules)
        self._framing = Framing(tree)
        self._rules = rules
        self._known: dict[TransmissionId, Transmission] = {}
        self._here: dict[AreaId, dict[TransmissionId, Transmission]] = {area_id: {} for area_id in rules}
        self._horizon: Sequence[date] = ()
        self._audibles: Mapping[AreaRules, AudibleCandidates] = {}
        self._days: dict[PlanKey, ClosedDay] = {}
        # Dates into which something audible runs from the date before.
        self._ties: set[PlanKey] = set()
        self.plans: dict[PlanKey, DayPlan] = {}
        for transmission in transmissions:
            self._add(transmission)

    def transmissions_in(self, area_id: AreaId) -> Sequence[Transmission]:
        """Return the transmissions that reach a planning area."""
        return tuple(self._here[area_id].values())

    def build(self, first_on: date, days: int) -> Mapping[PlanKey, DayPlan]:
        """Plan every area for ``days`` dates and keep the horizon for later edits."""
        self._horizon = [first_on + n * DAY for n in range(days)]
        self._audibles = _audibles(self._rules.values(), first_on)
        self._days, self._ties, self.plans = {}, set(), {}
        stretches = Stretches()
        for area_id in self._here:
            for plan in self._made(area_id, self._planning(area_id), self._horizon, stretches):
                self.plans[area_id, plan.on] = plan
        return self.plans

    def wire(self, area_id: AreaId, on: date) -> WirePlan:
        """Return the wire form of one of ``plans``: the bytes of ``plan_bytes``, joined from parts that areas share.

        Raises:
            devices.protocol.errors.OversizeError: more items than a day's plan may hold.
        """
        day = self._days.get((area_id, on))
        return plan_bytes(self.plans[area_id, on]) if day is None else day.wire()

    def replan_after(self, edit: PlanEdit) -> Mapping[PlanKey, DayPlan]:
        """Apply the edit and replan the days it touches; return the plans that differ from before."""
        ids = dict.fromkeys(transmission.id for transmission in (*edit.removed, *edit.added))
        out = self._promises(ids)
        for transmission_id in ids:
            self._remove(transmission_id)
        for transmission in edit.added:
            self._add(transmission)
        into = self._promises(ids)
        stretches = Stretches()
        # Areas that lose and gain the same promises share the changes on each date.
        shared: dict[tuple[tuple[int, ...], tuple[int, ...]], list[DayChange]] = {}
        changed: dict[PlanKey, DayPlan] = {}
        for area_id in dict.fromkeys((*out, *into)):
            took, brought = out.get(area_id, {}), into.get(area_id, {})
            key = (tuple(map(id, took.values())), tuple(map(id, brought.values())))
            if key not in shared:
                shared[key] = changes_between(took.values(), brought.values())
            for plan in self._replanned(area_id, shared[key], stretches):
                if self.plans[area_id, plan.on] != plan:
                    changed[area_id, plan.on] = plan
        self.plans.update(changed)
        return changed

    def _replanned(self, area_id: AreaId, changes: Iterable[DayChange], stretches: Stretches) -> Iterator[DayPlan]:
        days = self._days
        # Through an edge that something runs over, anything beyond it may be of consequence.
        open_on = {on for on in (*self._horizon[:1], *self._horizon[-1:]) if (area_id, on) not in days}
        for change in changes:
            if change.runs_over:
                open_on |= {change.on, change.on + DAY}
            elif (area_id, change.on) not in days:
                open_on.add(change.on)
        open_on.intersection_update(self._horizon)
        if open_on:
            open_on = self._tied(open_on, lambda on: (area_id, on) in self._ties)
            planning = self._planning(area_id)
            open_on = self._tied(open_on, planning.ties)
            yield from self._made(area_id, planning, open_on, stretches)
        for change in changes:
            day = None if change.on in open_on else days.get((area_id, change.on))
            if day is not None:
                yield day.take_in(change, stretches)

    def _made(
        self, area_id: AreaId, planning: AreaPlanning, dates: Iterable[date], stretches: Stretches
    ) -> Iterator[DayPlan]:
        """Plan whole dates: tied dates together, every other date on its own."""
        tied_on: set[date] = set()
        for on in dates:
            key = (area_id, on)
            self._days.pop(key, None)
            self._ties.discard(key)
            if planning.ties(on):
                self._ties.add(key)
                tied_on.add(on)
            elif planning.ties(on + DAY):
                tied_on.add(on)
            else:
                self._days[key] = day = ClosedDay(
                    area_id, on, planning.audible(on), planning.held(on), stretches, rules=planning.quota_rules
                )
                yield day.plan
        for first_on, days in _runs(tied_on):
            yield from planning.plans(first_on, days)

    def _planning(self, area_id: AreaId) -> AreaPlanning:
        return AreaPlanning(area_id, self._here[area_id].values(), self._audibles[self._rules[area_id]])

    def _promises(self, ids: Iterable[TransmissionId]) -> dict[AreaId, dict[TransmissionId, Promises]]:
        """Expand the known transmissions among ``ids`` in each area they reach, from the date before the horizon on."""
        found: dict[AreaId, dict[TransmissionId, Promises]] = {}
        if not self._horizon:
            return found
        first_on, last_on = self._horizon[0] - DAY, self._horizon[-1]
        for transmission in (self._known[each] for each in ids if each in self._known):
            if transmission.withdrawn_at is not None:
                continue
            promised: dict[tuple[AreaRules, Frames], Promises] = {}
            for area_id in self._reach.of(transmission.targets):
                heard, rules = self._here[area_id][transmission.id], self._rules[area_id]
                promises = promised.get((rules, heard.frames))
                if promises is None:
                    promises = self._audibles[rules].between(heard, first_on, last_on)
                    promised[rules, heard.frames] = promises
                found.setdefault(area_id, {})[transmission.id] = promises
        return found

    def _tied(self, dates: Iterable[date], ties: Callable[[date], bool]) -> set[date]:
        """Return the dates and those tied to them by items running past midnight, within the horizon."""
        found: set[date] = set()
        for on in dates:
            before = after = on
            while before > self._horizon[0] and before not in found and ties(before):
                before -= DAY
            while after < self._horizon[-1] and after not in found and ties(after + DAY):
                after += DAY
            found.update(before + n * DAY for n in range((after - before).days + 1))
        return found

    def _add(self, transmission: Transmission) -> None:
        self._known[transmission.id] = transmission
        for area_id in self._reach.of(transmission.targets):
            self._here[area_id][transmission.id] = self._framing.heard_in(transmission, area_id)

    def _remove(self, transmission_id: TransmissionId) -> None:
        transmission = self._known.pop(transmission_id, None)
        if transmission is None:
            return
        for area_id in self._reach.of(transmission.targets):
            del self._here[area_id][transmission_id]
        self._framing.forget(transmission_id)
        for audible in self._audibles.values():
            audible.forget(transmission_id)


def _audibles(rules: Iterable[AreaRules], first_on: date) -> dict[AreaRules, AudibleCandidates]:
    """Build one hearing for each set of rules; those of a zone share its expansion."""
    kinds = dict.fromkeys(rules)
    expansions = {zone: Expansion(zone, first_on) for zone in {kind.zone for kind in kinds}}
    return {kind: AudibleCandidates(kind, expansions[kind.zone]) for kind in kinds}


def _runs(dates: Iterable[date]) -> list[tuple[date, int]]:
    """Group consecutive dates as (first, count)."""
    runs: list[tuple[date, int]] = []
    for on in sorted(dates):
        if runs and runs[-1][0] + runs[-1][1] * DAY == on:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((on, 1))
    return runs
