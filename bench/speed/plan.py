"""``loa bench plan``: a province's plans built from nothing, and kept in step with one edit, as the server plans.

Measured are the rules that ``planning_areas.replan`` applies, without its store: area by area, the approved rules that
reach it are found and expanded, items placed with their reasons beside the plans made before, and all its days encoded
and hashed. An edit plans every area that it reaches anew, as PLAN rows do; areas share no work. The rules are those of
``bench_rules``.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import click

from bench.percentiles import percentile
from bench.speed import rules as bench_rules
from bench.speed.rows import Row, print_rows
from bench.speed.rules import Levels
from broadcast.bulletins.framing import Framing
from broadcast.bulletins.targeting import TargetIndex, reaches
from broadcast.bulletins.transmissions import DayPlan, Transmission
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import FixedPast, plan_bytes, plan_signed, with_made_good
from province.areas import Area, AreaId, AreaTree
from province.wall_clock import DEFAULT_ZONE

DISTRICTS: Final = 10
COMMUNES: Final = 124
FIRST_ON: Final = date(2026, 3, 2)
DAYS: Final = 14
"""Days over which the rules are spread."""
EDITS: Final = 40
PROVINCE_EDITS: Final = 5
"""Edits of rules heard everywhere: each plans the whole province."""
TIMES: Final = 3
"""Repetitions of each build and edit; the fastest counts, as others share the machine."""
_NOW: Final = datetime.combine(FIRST_ON, time(), ZoneInfo(DEFAULT_ZONE))


@dataclass(frozen=True, slots=True)
class PlannerInput:
    """Areas, their rules, and what is approved."""

    tree: AreaTree
    rules: dict[AreaId, AreaRules]
    transmissions: tuple[Transmission, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """Cost of one edit, and the number of plans that it changed."""

    cost_ms: float
    plans: int


@click.command()
@click.option("--devices", default=12_000, show_default=True, help="Devices, spread over 124 communes.")
@click.option("--rules", default=2_000, show_default=True, help="Schedule rules, one a bulletin.")
@click.option("--days", default=DAYS, show_default=True, help="How far ahead is planned.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def plan(*, devices: int, rules: int, days: int, as_json: bool) -> None:
    """Build a province's plans, then replan after one edit."""
    print_rows(measured(devices, rules, days), as_json=as_json)


def measured(devices: int, rules: int, days: int) -> Iterator[Row]:
    """Yield the rows, each as soon as it is known."""
    per_rule_us: list[float] = []
    for share in (4, 2, 1):
        province = made_up(devices // share, rules // share)
        builds = [ServerPlans(province, days) for _ in range(TIMES)]
        seconds = min(each.replan(province.rules).cost_ms for each in builds) / 1000
        count = len(province.transmissions)
        per_rule_us.append(seconds / max(count, 1) * 1e6)
        yield Row("build_s", count, round(seconds, 4), "s")
        # Held against a quarter of the size: 1 where the cost of a rule does not depend on how many there are.
        yield Row.against("build_us_per_rule", count, per_rule_us[-1], "us", baseline=per_rule_us[0])
    made = builds[-1]
    plans = [plan for days_of_area in made.plans.values() for plan in days_of_area]
    yield Row("plans", devices, len(plans), "plans")
    yield Row("placed_items", devices, sum(len(each.entries) for each in plans), "items")
    yield Row("unplaced_items", devices, sum(len(each.unplaced) for each in plans), "items")
    whole_ms = seconds * 1000
    local = [t for t in province.transmissions if t.targets.areas[0] in province.rules][:EDITS]
    in_communes = _edits(made, local)
    yield from _edit_rows("edit", in_communes, whole_ms)
    wide = [t for t in province.transmissions if t.targets.areas[0] == "p"][:PROVINCE_EDITS]
    province_wide = _edits(made, wide)
    yield from _edit_rows("edit_province", province_wide, whole_ms)
    if in_communes and province_wide:
        # Compared with a commune's edit: at most 1 if an area costs no more where others are planned too.
        yield Row("edit_us_per_plan", len(in_communes), round(_per_plan_us(in_communes), 3), "us")
        yield Row.against(
            "edit_province_us_per_plan",
            len(province_wide),
            _per_plan_us(province_wide),
            "us",
            baseline=_per_plan_us(in_communes),
        )


def made_up(devices: int, rules: int) -> PlannerInput:
    """Make a province with that many devices and rules."""
    levels = Levels(
        AreaId("p"),
        [AreaId(f"p-{n}") for n in range(DISTRICTS)],
        [AreaId(f"p-{n % DISTRICTS}-{n}") for n in range(COMMUNES)],
    )
    below = [(district, levels.province) for district in levels.districts]
    below += [(commune, AreaId(commune.rsplit("-", 1)[0])) for commune in levels.communes]
    tree = AreaTree([_area(levels.province, None), *(_area(area_id, parent_id) for area_id, parent_id in below)])
    held = {levels.communes[n % COMMUNES] for n in range(devices)}
    transmissions = tuple(bench_rules.made_up(levels, tree, rules, first_on=FIRST_ON, days=DAYS))
    return PlannerInput(tree, {area_id: AreaRules() for area_id in sorted(held)}, transmissions)


class ServerPlans:
    """Plans of all areas in memory, each area's made by the calls of ``planning_areas.replan``."""

    def __init__(self, province: PlannerInput, days: int) -> None:
        self._province = province
        self._days = days
        self._reach = TargetIndex(province.tree, province.rules)
        self._aimed_at: dict[AreaId, list[Transmission]] = defaultdict(list)
        for each in province.transmissions:
            self._aimed_at[each.targets.areas[0]].append(each)
        self.plans: dict[AreaId, Sequence[DayPlan]] = {}
        self._sha256: dict[tuple[AreaId, date], str] = {}

    def replan(self, areas: Iterable[AreaId]) -> Edited:
        """Plan these areas; return the cost and the number of plans that devices would have to fetch."""
        began = perf_counter()
        changed = sum(self._replan(area_id) for area_id in areas)
        return Edited((perf_counter() - began) * 1000, changed)

    def edit(self, old: Transmission) -> Edited:
        """Take the rule out, put it in again five minutes later, and plan the areas that it reaches; then undo it."""
        aimed_at, areas = self._aimed_at[old.targets.areas[0]], self._reach.of(old.targets)
        at = aimed_at.index(old)
        aimed_at[at] = _moved(old)
        edited = self.replan(areas)
        aimed_at[at] = old
        self.replan(areas)
        return edited

    def _replan(self, area_id: AreaId) -> int:
        tree, rules = self._province.tree, self._province.rules[area_id]
        framing = Framing(tree)
        touching = (each for above in tree.lineage(area_id) for each in self._aimed_at.get(above, ()))
        here = [framing.heard_in(each, area_id) for each in touching if reaches(each.targets, tree, area_id)]
        aired = FixedPast(_NOW, self.plans.get(area_id, ()))
        promised = plan_signed(area_id, FIRST_ON, self._days, here, rules, withheld={}, aired=aired)
        self.plans[area_id] = with_made_good(promised, (), rules, stored=aired.plans, now=_NOW)
        changed = 0
        for plan in self.plans[area_id]:
            sha256, key = plan_bytes(plan).sha256, (area_id, plan.on)
            changed += self._sha256.get(key) != sha256
            self._sha256[key] = sha256
        return changed


def _edits(made: ServerPlans, chosen: Sequence[Transmission]) -> list[Edited]:
    """Measure each edit several times."""
    return [min((made.edit(old) for _ in range(TIMES)), key=lambda each: each.cost_ms) for old in chosen]


def _edit_rows(name: str, edits: Sequence[Edited], whole_ms: float) -> Iterator[Row]:
    if not edits:
        return
    costs_ms = sorted(each.cost_ms for each in edits)
    # Compared with building everything again: the cost of an edit without the index.
    yield Row.against(f"{name}_ms", len(edits), statistics.median(costs_ms), "ms", baseline=whole_ms)
    yield Row.against(f"{name}_p95_ms", len(edits), percentile(costs_ms, 0.95), "ms", baseline=whole_ms)
    yield Row.against(f"{name}_max_ms", len(edits), costs_ms[-1], "ms", baseline=whole_ms)
    yield Row(f"{name}_plans_changed", len(edits), statistics.median(each.plans for each in edits), "plans")


def _per_plan_us(edits: Sequence[Edited]) -> float:
    return sum(each.cost_ms for each in edits) * 1000 / max(sum(each.plans for each in edits), 1)


def _moved(transmission: Transmission) -> Transmission:
    """Return the same transmission, five minutes later."""
    later = [replace(s, starts=s.starts + timedelta(minutes=5)) for s in transmission.schedules]
    return replace(transmission, schedules=tuple(later))


def _area(area_id: AreaId, parent_id: AreaId | None) -> Area:
    return Area(area_id, area_id, "area", parent_id, date(2020, 1, 1))
