from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from broadcast.scheduling.planning import PlanEdit, Planner, plan_bytes
from tests.fakes.programme import C1, C2, C3, COMMUNES, MONDAY, NORTH, NOW, TREE, schedule, transmission

DAY = timedelta(days=1)
RULES = dict.fromkeys(COMMUNES, AreaRules())
NIGHT = dict.fromkeys(COMMUNES, AreaRules(quiet=()))


def test_every_area_is_planned_for_every_day() -> None:
    plans = Planner(TREE, RULES, [transmission()]).build(MONDAY, 3)
    assert set(plans) == {(area_id, MONDAY + n * DAY) for area_id in COMMUNES for n in range(3)}


def test_an_edit_touches_only_its_areas_and_dates() -> None:
    planner = Planner(TREE, RULES, [transmission("t1", schedule(rrule="FREQ=DAILY"))])
    planner.build(MONDAY, 7)
    weekly = schedule("2026-03-02T18:00", "FREQ=WEEKLY;BYDAY=TU,TH")
    changed = planner.replan_after(PlanEdit(added=(transmission("t2", weekly, targets=Targets((NORTH,))),)))
    assert set(changed) == {(area_id, MONDAY + n * DAY) for area_id in (C1, C2) for n in (1, 3)}


def test_an_edited_transmission_leaves_the_areas_it_no_longer_reaches() -> None:
    old = transmission("t1", targets=Targets((C1,)))
    planner = Planner(TREE, RULES, [old])
    planner.build(MONDAY, 2)
    new = replace(old, targets=Targets((C3,)), schedules=(schedule("2026-03-03T17:00"),))
    changed = planner.replan_after(PlanEdit(added=(new,), removed=(old,)))
    assert set(changed) == {(C1, MONDAY), (C3, MONDAY + DAY)}
    assert planner.transmissions_in(C1) == ()
    assert planner.transmissions_in(C3) == (new,)


def test_an_item_running_past_midnight_ties_the_dates_together() -> None:
    night = dict.fromkeys(COMMUNES, AreaRules(quiet=()))
    rows = [transmission("t1", schedule("2026-03-03T23:59")), transmission("t2", schedule("2026-03-04T00:00"))]
    planner = Planner(TREE, night, rows)
    planner.build(MONDAY, 4)
    changed = planner.replan_after(PlanEdit(removed=(rows[0],)))
    assert {on for _, on in changed} == {MONDAY + DAY, MONDAY + 2 * DAY}


def test_each_areas_days_are_those_of_its_own_zone() -> None:
    rules = {**RULES, C3: AreaRules(zone="Pacific/Auckland", quiet=())}
    planner = Planner(TREE, rules, [transmission("t1", schedule("2026-03-02T20:00"))])
    plans = planner.build(MONDAY, 2)
    assert [bool(plans[C1, MONDAY + n * DAY].entries) for n in (0, 1)] == [True, False]
    assert [bool(plans[C3, MONDAY + n * DAY].entries) for n in (0, 1)] == [False, True]


def test_what_lost_to_an_item_of_the_evening_before_the_horizon_is_heard_when_that_is_gone() -> None:
    rows = [transmission("t1", schedule("2026-03-01T23:59")), transmission("t2", schedule("2026-03-02T00:00"))]
    planner = Planner(TREE, NIGHT, rows)
    assert not planner.build(MONDAY, 2)[C1, MONDAY].entries
    changed = planner.replan_after(PlanEdit(removed=(rows[0],)))
    assert {on for _, on in changed} == {MONDAY}
    assert planner.plans[C1, MONDAY].entries


def test_an_item_that_comes_to_run_into_the_horizon_takes_its_time_there() -> None:
    planner = Planner(TREE, NIGHT, [transmission("t2", schedule("2026-03-02T00:00"))])
    planner.build(MONDAY, 2)
    evening = transmission("t1", schedule("2026-03-01T23:59"), priority=PriorityClass.PRIORITY)
    planner.replan_after(PlanEdit(added=(evening,)))
    assert planner.plans == Planner(TREE, NIGHT, [*planner.transmissions_in(C1)]).build(MONDAY, 2)
    assert not planner.plans[C1, MONDAY].entries


def test_a_chain_from_before_the_horizon_is_followed_after_an_edit() -> None:
    rows = [
        transmission("t1", schedule("2026-03-02T00:10"), approved_at=NOW - 2 * DAY),
        transmission("t2", schedule("2026-03-01T11:30"), minutes=780, approved_at=NOW - 3 * DAY),
    ]
    planner = Planner(TREE, NIGHT, rows)
    assert not planner.build(MONDAY, 2)[C1, MONDAY].entries
    first = transmission("t3", schedule("2026-02-28T12:00"), minutes=1440, approved_at=NOW - 4 * DAY)
    planner.replan_after(PlanEdit(added=(first,)))
    assert planner.plans[C1, MONDAY].entries


def test_an_edit_without_anything_running_over_midnight_leaves_the_tied_dates_in_step() -> None:
    rows = [transmission("t1", schedule("2026-03-03T23:59")), transmission("t2", schedule("2026-03-03T23:58"))]
    planner = Planner(TREE, NIGHT, rows)
    planner.build(MONDAY, 4)
    later = transmission("t3", schedule("2026-03-03T23:57"), priority=PriorityClass.PRIORITY)
    planner.replan_after(PlanEdit(added=(later,)))
    assert planner.plans == Planner(TREE, NIGHT, [*rows, later]).build(MONDAY, 4)


def test_what_quiet_hours_hold_back_follows_an_edit() -> None:
    rules = {C1: AreaRules(quiet=(QuietWindow(time(17), time(17, 30)),)), C2: AreaRules(quiet=()), C3: AreaRules()}
    old = transmission("t1", schedule("2026-03-02T17:10"))
    planner = Planner(TREE, rules, [old, transmission("t2", schedule("2026-03-02T17:20"))])
    planner.build(MONDAY, 1)
    new = replace(old, schedules=(schedule("2026-03-02T17:25"),))
    changed = planner.replan_after(PlanEdit(added=(new,), removed=(old,)))
    assert [item.occurrence_id for item in changed[C1, MONDAY].unplaced] == [
        "t2-s1-202603021720",
        "t1-s1-202603021725",
    ]
    assert [entry.occurrence_id for entry in changed[C2, MONDAY].entries] == [
        "t2-s1-202603021720",
        "t1-s1-202603021725",
    ]


def test_a_transmission_known_already_is_replaced_by_what_is_added() -> None:
    planner = Planner(TREE, RULES, [transmission("t1", targets=Targets((C1,)))])
    planner.build(MONDAY, 1)
    planner.replan_after(PlanEdit(added=(transmission("t1", targets=Targets((C2,))),)))
    assert [bool(planner.plans[area_id, MONDAY].entries) for area_id in COMMUNES] == [False, True, False]


def test_a_withdrawn_transmission_promises_nothing_more() -> None:
    old = transmission("t1")
    planner = Planner(TREE, RULES, [old])
    planner.build(MONDAY, 1)
    planner.replan_after(PlanEdit(added=(replace(old, withdrawn_at=NOW),), removed=(old,)))
    assert not any(plan.entries for plan in planner.plans.values())


def test_removing_what_nobody_knows_changes_nothing() -> None:
    planner = Planner(TREE, RULES, [transmission("t1")])
    planner.build(MONDAY, 1)
    assert planner.replan_after(PlanEdit(removed=(transmission("t2"),))) == {}


def test_before_anything_is_built_an_edit_changes_no_plan_and_is_taken_in() -> None:
    planner = Planner(TREE, RULES)
    assert planner.replan_after(PlanEdit(added=(transmission("t1"),))) == {}
    assert planner.build(MONDAY, 1)[C1, MONDAY].entries


def test_the_bytes_of_a_plan_are_the_same_whoever_joins_them() -> None:
    planner = Planner(TREE, NIGHT, [transmission("t1"), transmission("t2", schedule("2026-03-03T23:59"))])
    plans = planner.build(MONDAY, 3)
    assert {key: planner.wire(*key) for key in plans} == {key: plan_bytes(plan) for key, plan in plans.items()}
