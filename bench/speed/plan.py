"""``loa bench plan``: a province's plans built from nothing, and kept in step with one edit.

Built means: rules expanded, items placed with their reasons, every area's days encoded and hashed, ready for the
content store. The rules are those of ``bench_rules``.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from time import perf_counter
from typing import Final

import click

from bench.speed import rules as bench_rules
from bench.speed.rows import Row, print_rows
from bench.speed.rules import Levels
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import PlanEdit, Planner
from province.areas import Area, AreaId, AreaTree

DISTRICTS: Final = 10
COMMUNES: Final = 124
FIRST_ON: Final = date(2026, 3, 2)
DAYS: Final = 14
"""Days over which the rules are spread."""
EDITS: Final = 40
TIMES: Final = 3
"""Repetitions of each build and edit; the fastest counts, as others share the machine."""


@dataclass(frozen=True, slots=True)
class PlannerInput:
    """Input of a planner."""

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
        seconds = min(_timed(_build, province, days) for _ in range(TIMES))
        count = len(province.transmissions)
        per_rule_us.append(seconds / max(count, 1) * 1e6)
        yield Row("build_s", count, round(seconds, 4), "s")
        # Held against a quarter of the size: 1 where the cost of a rule does not depend on how many there are.
        yield Row.against("build_us_per_rule", count, per_rule_us[-1], "us", baseline=per_rule_us[0])
    planner = _build(province, days)
    placed = sum(len(each.entries) for each in planner.plans.values())
    yield Row("plans", devices, len(planner.plans), "plans")
    yield Row("placed_items", devices, placed, "items")
    yield Row("unplaced_items", devices, sum(len(each.unplaced) for each in planner.plans.values()), "items")
    whole_ms = seconds * 1000
    local = [t for t in province.transmissions if t.targets.areas[0] in province.rules][:EDITS]
    in_communes = _edits(planner, local)
    yield from _edit_rows("edit", in_communes, whole_ms)
    wide = [t for t in province.transmissions if t.targets.areas[0] == "p"][:EDITS]
    province_wide = _edits(planner, wide)
    yield from _edit_rows("edit_province", province_wide, whole_ms)
    if in_communes and province_wide:
        # Compared with a commune's edit: at most 1 if the cost of an edit depends on its changes, not on the total.
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


def _build(province: PlannerInput, days: int) -> Planner:
    planner = Planner(province.tree, province.rules, province.transmissions)
    _encode(planner, planner.build(FIRST_ON, days))
    return planner


def _encode(planner: Planner, changed: Iterable[tuple[AreaId, date]]) -> int:
    return sum(len(planner.wire(area_id, on).data) for area_id, on in changed)


def _edits(planner: Planner, chosen: Sequence[Transmission]) -> list[Edited]:
    """Measure each edit: made, encoded and hashed several times, and undone in between."""
    return [min((_edited(planner, old) for _ in range(TIMES)), key=lambda each: each.cost_ms) for old in chosen]


def _edited(planner: Planner, old: Transmission) -> Edited:
    new = _moved(old)
    edit = PlanEdit(added=(new,), removed=(old,))
    began = perf_counter()
    plans = planner.replan_after(edit)
    _encode(planner, plans)
    cost_ms = (perf_counter() - began) * 1000
    planner.replan_after(PlanEdit(added=(old,), removed=(new,)))
    return Edited(cost_ms, len(plans))


def _edit_rows(name: str, edits: Sequence[Edited], whole_ms: float) -> Iterator[Row]:
    if not edits:
        return
    costs_ms = sorted(each.cost_ms for each in edits)
    # Compared with building everything again: the cost of an edit without the index.
    yield Row.against(f"{name}_ms", len(edits), statistics.median(costs_ms), "ms", baseline=whole_ms)
    p95 = costs_ms[int(len(costs_ms) * 0.95) - 1] if len(costs_ms) > 1 else costs_ms[0]
    yield Row.against(f"{name}_p95_ms", len(edits), p95, "ms", baseline=whole_ms)
    yield Row.against(f"{name}_max_ms", len(edits), costs_ms[-1], "ms", baseline=whole_ms)
    yield Row(f"{name}_plans_changed", len(edits), statistics.median(each.plans for each in edits), "plans")


def _per_plan_us(edits: Sequence[Edited]) -> float:
    return sum(each.cost_ms for each in edits) * 1000 / max(sum(each.plans for each in edits), 1)


def _moved(transmission: Transmission) -> Transmission:
    """Return the same transmission, five minutes later."""
    later = [replace(s, starts=s.starts + timedelta(minutes=5)) for s in transmission.schedules]
    return replace(transmission, schedules=tuple(later))


def _timed(work: Callable[[PlannerInput, int], object], province: PlannerInput, days: int) -> float:
    began = perf_counter()
    work(province, days)
    return perf_counter() - began


def _area(area_id: AreaId, parent_id: AreaId | None) -> Area:
    return Area(area_id, area_id, "area", parent_id, date(2020, 1, 1))
