from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.model.area_rules import AreaRules
from broadcast.model.bulletins import Targets
from broadcast.planning import Edit, Planner
from tests.fakes.programme import C1, C2, C3, COMMUNES, MONDAY, NORTH, TREE, schedule, transmission

DAY = timedelta(days=1)
RULES = dict.fromkeys(COMMUNES, AreaRules())


def test_every_area_is_planned_for_every_day() -> None:
    plans = Planner(TREE, RULES, [transmission()]).build(MONDAY, 3)
    assert set(plans) == {(area_id, MONDAY + n * DAY) for area_id in COMMUNES for n in range(3)}


def test_an_edit_touches_only_its_areas_and_dates() -> None:
    planner = Planner(TREE, RULES, [transmission("t1", schedule(rrule="FREQ=DAILY"))])
    planner.build(MONDAY, 7)
    weekly = schedule("2026-03-02T18:00", "FREQ=WEEKLY;BYDAY=TU,TH")
    changed = planner.replan_after(Edit(added=(transmission("t2", weekly, targets=Targets((NORTH,))),)))
    assert set(changed) == {(area_id, MONDAY + n * DAY) for area_id in (C1, C2) for n in (1, 3)}


def test_an_edited_transmission_leaves_the_areas_it_no_longer_reaches() -> None:
    old = transmission("t1", targets=Targets((C1,)))
    planner = Planner(TREE, RULES, [old])
    planner.build(MONDAY, 2)
    new = replace(old, targets=Targets((C3,)), schedules=(schedule("2026-03-03T17:00"),))
    changed = planner.replan_after(Edit(added=(new,), removed=(old,)))
    assert set(changed) == {(C1, MONDAY), (C3, MONDAY + DAY)}
    assert planner.transmissions_in(C1) == ()
    assert planner.transmissions_in(C3) == (new,)


def test_an_item_running_past_midnight_ties_the_dates_together() -> None:
    night = dict.fromkeys(COMMUNES, AreaRules(quiet=()))
    rows = [transmission("t1", schedule("2026-03-03T23:59")), transmission("t2", schedule("2026-03-04T00:00"))]
    planner = Planner(TREE, night, rows)
    planner.build(MONDAY, 4)
    changed = planner.replan_after(Edit(removed=(rows[0],)))
    assert {on for _, on in changed} == {MONDAY + DAY, MONDAY + 2 * DAY}


def test_each_areas_days_are_those_of_its_own_zone() -> None:
    rules = {**RULES, C3: AreaRules(zone="Pacific/Auckland", quiet=())}
    planner = Planner(TREE, rules, [transmission("t1", schedule("2026-03-02T20:00"))])
    plans = planner.build(MONDAY, 2)
    assert [bool(plans[C1, MONDAY + n * DAY].entries) for n in (0, 1)] == [True, False]
    assert [bool(plans[C3, MONDAY + n * DAY].entries) for n in (0, 1)] == [False, True]
