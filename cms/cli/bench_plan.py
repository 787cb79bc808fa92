"""``loa bench plan``: a province's plans built from nothing, and kept in step with one edit.

Built means: rules expanded, items placed with their reasons, every area's days encoded and hashed, ready for the
content store. The rules are made up by a fixed seed after what communes air: three sessions a day, items of one to
five minutes on a five-minute grid, with few collisions, because approval refuses most.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Final

import click

from broadcast.model.area_rules import AreaRules
from broadcast.model.bulletins import After, BulletinId, PriorityClass, Rendition, Targets
from broadcast.model.people import UserId
from broadcast.model.schedules import Schedule
from broadcast.model.transmissions import Transmission, TransmissionId
from broadcast.planning import Edit, Planner
from broadcast.priority import prio_of
from cms.cli.bench_rows import Row, print_rows
from devices.areas import Area, AreaId, AreaTree

DISTRICTS: Final = 10
COMMUNES: Final = 124
FIRST_ON: Final = date(2026, 3, 2)
SESSIONS_H: Final = ((5.5, 9), (10, 13), (15.5, 21))
"""Morning, noon and evening, as communes air."""
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
TRIES: Final = 30
PRIORITY_SHARE: Final = 0.15
EDITS: Final = 40
TIMES: Final = 3
"""Each build and edit is repeated; the fastest is the machine's, the others are its neighbours'."""


@dataclass(frozen=True, slots=True)
class Province:
    """Everything a planner is built from."""

    tree: AreaTree
    rules: dict[AreaId, AreaRules]
    transmissions: tuple[Transmission, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """What one edit cost, and how many plans it changed."""

    cost_ms: float
    plans: int


@click.command()
@click.option("--devices", default=12_000, show_default=True, help="Devices, spread over 124 communes.")
@click.option("--rules", default=2_000, show_default=True, help="Schedule rules, one a bulletin.")
@click.option("--days", default=14, show_default=True, help="How far ahead is planned.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def plan(*, devices: int, rules: int, days: int, as_json: bool) -> None:
    """Build a province's plans, then replan after one edit."""
    print_rows(measured(devices, rules, days), as_json=as_json)


def measured(devices: int, rules: int, days: int) -> Iterator[Row]:
    """The rows, each as soon as it is known."""
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
        # Held against a commune's edit: no more than 1 where an edit costs what it changes and not what there is.
        yield Row("edit_us_per_plan", len(in_communes), round(_per_plan_us(in_communes), 3), "us")
        yield Row.against(
            "edit_province_us_per_plan",
            len(province_wide),
            _per_plan_us(province_wide),
            "us",
            baseline=_per_plan_us(in_communes),
        )


def made_up(devices: int, rules: int) -> Province:
    """A province with that many devices and rules: 80 % of the rules are communes', 15 % districts', 5 % its own."""
    dice = random.Random(20260302)  # noqa: S311 - figures that repeat, no secret
    communes = [AreaId(f"p-{n % DISTRICTS}-{n}") for n in range(COMMUNES)]
    districts = [AreaId(f"p-{n}") for n in range(DISTRICTS)]
    areas = [_area("p", None), *(_area(d, "p") for d in districts), *(_area(c, c.rsplit("-", 1)[0]) for c in communes)]
    tree = AreaTree(areas)
    held = {communes[n % COMMUNES] for n in range(devices)}
    pools: Sequence[Sequence[AreaId]] = ([AreaId("p")], districts, communes)
    chosen = dice.choices(pools, weights=(5, 15, 80), k=rules)
    grid = _Grid({area.id: [leaf.id for leaf in tree.leaves(area.id)] for area in tree}, dice)
    transmissions = tuple(_transmission(n, dice.choice(pool), grid, dice) for n, pool in enumerate(chosen))
    return Province(tree, {area_id: AreaRules() for area_id in sorted(held)}, transmissions)


class _Grid:
    """Starts on a five-minute grid. Equals that collide are refused at approval, so a free start is looked for."""

    def __init__(self, leaves: Mapping[AreaId, Sequence[AreaId]], dice: random.Random) -> None:
        self._leaves = leaves
        self._dice = dice
        self._used: set[tuple[AreaId, int, int]] = set()

    def minute(self, area_id: AreaId, rrule: str, day: int) -> int:
        """A minute of the day, free wherever the rule airs if one was found in time."""
        for _ in range(TRIES):
            first_h, last_h = self._dice.choice(SESSIONS_H)
            minute = self._dice.randrange(round(first_h * 60), round(last_h * 60), 5)
            days = [day] if not rrule else [n for n in range(7) if "DAILY" in rrule or WEEKDAYS[n] in rrule]
            wanted = {(leaf, n % 7, minute) for leaf in self._leaves[area_id] for n in days}
            if self._used.isdisjoint(wanted):
                break
        self._used |= wanted
        return minute


def _build(province: Province, days: int) -> Planner:
    planner = Planner(province.tree, province.rules, province.transmissions)
    _encode(planner, planner.build(FIRST_ON, days))
    return planner


def _encode(planner: Planner, changed: Iterable[tuple[AreaId, date]]) -> int:
    return sum(len(planner.wire(area_id, on).data) for area_id, on in changed)


def _edits(planner: Planner, chosen: Sequence[Transmission]) -> list[Edited]:
    """Each made, encoded and hashed several times, and undone in between."""
    return [min((_edited(planner, old) for _ in range(TIMES)), key=lambda each: each.cost_ms) for old in chosen]


def _edited(planner: Planner, old: Transmission) -> Edited:
    new = _moved(old)
    edit = Edit(added=(new,), removed=(old,))
    began = perf_counter()
    plans = planner.replan_after(edit)
    _encode(planner, plans)
    cost_ms = (perf_counter() - began) * 1000
    planner.replan_after(Edit(added=(old,), removed=(new,)))
    return Edited(cost_ms, len(plans))


def _edit_rows(name: str, edits: Sequence[Edited], whole_ms: float) -> Iterator[Row]:
    if not edits:
        return
    costs_ms = sorted(each.cost_ms for each in edits)
    # Held against building everything anew: what an edit would cost without the index.
    yield Row.against(f"{name}_ms", len(edits), statistics.median(costs_ms), "ms", baseline=whole_ms)
    p95 = costs_ms[int(len(costs_ms) * 0.95) - 1] if len(costs_ms) > 1 else costs_ms[0]
    yield Row.against(f"{name}_p95_ms", len(edits), p95, "ms", baseline=whole_ms)
    yield Row.against(f"{name}_max_ms", len(edits), costs_ms[-1], "ms", baseline=whole_ms)
    yield Row(f"{name}_plans_changed", len(edits), statistics.median(each.plans for each in edits), "plans")


def _per_plan_us(edits: Sequence[Edited]) -> float:
    return sum(each.cost_ms for each in edits) * 1000 / max(sum(each.plans for each in edits), 1)


def _moved(transmission: Transmission) -> Transmission:
    """The same, five minutes later."""
    later = [replace(s, starts=s.starts + timedelta(minutes=5)) for s in transmission.schedules]
    return replace(transmission, schedules=tuple(later))


def _timed(work: Callable[[Province, int], object], province: Province, days: int) -> float:
    began = perf_counter()
    work(province, days)
    return perf_counter() - began


def _area(area_id: str, parent_id: str | None) -> Area:
    return Area(AreaId(area_id), area_id, "area", None if parent_id is None else AreaId(parent_id), date(2020, 1, 1))


def _transmission(number: int, area_id: AreaId, grid: _Grid, dice: random.Random) -> Transmission:
    priority = PriorityClass.PRIORITY if dice.random() < PRIORITY_SHARE else PriorityClass.NORMAL
    weekly = "FREQ=WEEKLY;BYDAY=" + ",".join(
        dice.sample(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), dice.randint(1, 4))
    )
    rrule = dice.choices(("", weekly, "FREQ=DAILY"), weights=(40, 35, 25))[0]
    day = dice.randrange(14)
    minute = grid.minute(area_id, rrule, day)
    # What repeats began before the days that are planned.
    starts = datetime(2026, 3, 2) + timedelta(days=day - 14 if rrule else day, minutes=minute)  # noqa: DTZ001 - wall time
    return Transmission(
        id=TransmissionId(f"01j{number:023}"),
        bulletin_id=BulletinId(f"01b{number:023}"),
        bulletin_version=3,
        title=f"Bản tin số {number} của địa phương",
        priority=priority,
        prio=prio_of(priority),
        targets=Targets((area_id,)),
        schedules=(Schedule("s1", starts, rrule),),
        rendition=Rendition("device-opus", f"{number:064x}", 480_000, dice.randint(60, 300) * 1000, "audio/ogg"),
        after=After.RESTART,
        submitted_by=UserId("u1"),
        submitted_by_name="Lan",
        approved_by=UserId("u2"),
        approved_by_name="Bình",
        approved_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number),
    )
