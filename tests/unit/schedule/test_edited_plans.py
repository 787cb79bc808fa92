"""Plans after an edit, as the server stores them: what changes, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from broadcast.scheduling.planning import plan_bytes
from cms.bulletins.repository.bulletins import StoredPlan
from province.errors import NotFoundError
from tests.builders.in_memory.planned_province import PlannedProvince
from tests.fakes.programme import C1, C2, C3, COMMUNES, MONDAY, NORTH, NOW, schedule, transmission

DAY = timedelta(days=1)
RULES = dict.fromkeys(COMMUNES, AreaRules())
NIGHT = dict.fromkeys(COMMUNES, AreaRules(quiet=()))


def test_every_area_is_planned_for_every_day() -> None:
    plans = PlannedProvince(RULES, (transmission(),), days=3).replan()
    assert set(plans) == {(area_id, MONDAY + n * DAY) for area_id in COMMUNES for n in range(3)}


def test_an_edit_touches_only_its_areas_and_dates() -> None:
    province = PlannedProvince(RULES, (transmission("t1", schedule(rrule="FREQ=DAILY")),), days=7)
    province.replan()
    weekly = schedule("2026-03-02T18:00", "FREQ=WEEKLY;BYDAY=TU,TH")
    province.edit(added=(transmission("t2", weekly, targets=Targets((NORTH,))),))
    assert set(province.replan()) == {(area_id, MONDAY + n * DAY) for area_id in (C1, C2) for n in (1, 3)}


def test_an_edited_transmission_leaves_the_areas_it_no_longer_reaches() -> None:
    old = transmission("t1", targets=Targets((C1,)))
    province = PlannedProvince(RULES, (old,))
    province.replan()
    new = replace(old, targets=Targets((C3,)), schedules=(schedule("2026-03-03T17:00"),))
    province.edit(added=(new,), removed=(old,))
    assert set(province.replan()) == {(C1, MONDAY), (C3, MONDAY + DAY)}
    assert province.heard_in(C1) == []
    assert province.heard_in(C3) == [new]


def test_an_item_running_past_midnight_ties_the_dates_together() -> None:
    rows = (transmission("t1", schedule("2026-03-03T23:59")), transmission("t2", schedule("2026-03-04T00:00")))
    province = PlannedProvince(NIGHT, rows, days=4)
    province.replan()
    province.edit(removed=rows[:1])
    assert {on for _, on in province.replan()} == {MONDAY + DAY, MONDAY + 2 * DAY}


def test_each_areas_days_are_those_of_its_own_zone() -> None:
    rules = {**RULES, C3: AreaRules(zone="Pacific/Auckland", quiet=())}
    plans = PlannedProvince(rules, (transmission("t1", schedule("2026-03-02T20:00")),)).replan()
    assert [bool(plans[C1, MONDAY + n * DAY].entries) for n in (0, 1)] == [True, False]
    assert [bool(plans[C3, MONDAY + n * DAY].entries) for n in (0, 1)] == [False, True]


def test_what_lost_to_an_item_of_the_evening_before_the_horizon_is_heard_when_that_is_gone() -> None:
    rows = (transmission("t1", schedule("2026-03-01T23:59")), transmission("t2", schedule("2026-03-02T00:00")))
    province = PlannedProvince(NIGHT, rows)
    assert not province.replan()[C1, MONDAY].entries
    province.edit(removed=rows[:1])
    assert {on for _, on in province.replan()} == {MONDAY}
    assert province.plans[C1, MONDAY].entries


def test_an_item_that_comes_to_run_into_the_horizon_takes_its_time_there() -> None:
    late = transmission("t2", schedule("2026-03-02T00:00"))
    province = PlannedProvince(NIGHT, (late,))
    province.replan()
    evening = transmission("t1", schedule("2026-03-01T23:59"), priority=PriorityClass.PRIORITY)
    province.edit(added=(evening,))
    province.replan()
    assert province.plans == PlannedProvince(NIGHT, (late, evening)).replan()
    assert not province.plans[C1, MONDAY].entries


def test_a_chain_from_before_the_horizon_is_followed_after_an_edit() -> None:
    rows = (
        transmission("t1", schedule("2026-03-02T00:10"), approved_at=NOW - 2 * DAY),
        transmission("t2", schedule("2026-03-01T11:30"), minutes=780, approved_at=NOW - 3 * DAY),
    )
    province = PlannedProvince(NIGHT, rows)
    assert not province.replan()[C1, MONDAY].entries
    first = transmission("t3", schedule("2026-02-28T12:00"), minutes=1440, approved_at=NOW - 4 * DAY)
    province.edit(added=(first,))
    province.replan()
    assert province.plans[C1, MONDAY].entries


def test_an_edit_without_anything_running_over_midnight_leaves_the_tied_dates_in_step() -> None:
    rows = (transmission("t1", schedule("2026-03-03T23:59")), transmission("t2", schedule("2026-03-03T23:58")))
    province = PlannedProvince(NIGHT, rows, days=4)
    province.replan()
    later = transmission("t3", schedule("2026-03-03T23:57"), priority=PriorityClass.PRIORITY)
    province.edit(added=(later,))
    province.replan()
    assert province.plans == PlannedProvince(NIGHT, (*rows, later), days=4).replan()


def test_what_quiet_hours_hold_back_follows_an_edit() -> None:
    rules = {C1: AreaRules(quiet=(QuietWindow(time(17), time(17, 30)),)), C2: AreaRules(quiet=()), C3: AreaRules()}
    old = transmission("t1", schedule("2026-03-02T17:10"))
    province = PlannedProvince(rules, (old, transmission("t2", schedule("2026-03-02T17:20"))), days=1)
    province.replan()
    province.edit(added=(replace(old, schedules=(schedule("2026-03-02T17:25"),)),), removed=(old,))
    changed = province.replan()
    assert [item.occurrence_id for item in changed[C1, MONDAY].unplaced] == [
        "t2-s1-202603021720",
        "t1-s1-202603021725",
    ]
    assert [entry.occurrence_id for entry in changed[C2, MONDAY].entries] == [
        "t2-s1-202603021720",
        "t1-s1-202603021725",
    ]


def test_a_transmission_known_already_is_replaced_by_what_is_added() -> None:
    province = PlannedProvince(RULES, (transmission("t1", targets=Targets((C1,))),), days=1)
    province.replan()
    province.edit(added=(transmission("t1", targets=Targets((C2,))),))
    province.replan()
    assert [bool(province.plans[area_id, MONDAY].entries) for area_id in COMMUNES] == [False, True, False]


def test_a_withdrawn_transmission_promises_nothing_more() -> None:
    old = transmission("t1")
    province = PlannedProvince(RULES, (old,), days=1)
    province.replan()
    province.edit(removed=(old,))
    province.replan()
    assert not any(plan.entries for plan in province.plans.values())


def test_removing_what_nobody_knows_changes_nothing() -> None:
    province = PlannedProvince(RULES, (transmission("t1"),), days=1)
    province.replan()
    with pytest.raises(NotFoundError):
        province.edit(removed=(transmission("t2"),))
    assert province.replan() == {}


def test_before_anything_is_planned_an_edit_changes_no_plan_and_is_taken_in() -> None:
    province = PlannedProvince(RULES, days=1)
    province.edit(added=(transmission("t1"),))
    assert province.plans == {}
    assert province.replan()[C1, MONDAY].entries


def test_the_bytes_stored_are_those_of_the_plan() -> None:
    rows = (transmission("t1"), transmission("t2", schedule("2026-03-03T23:59")))
    province = PlannedProvince(NIGHT, rows, days=3)
    assert len(province.replan()) == 3 * len(COMMUNES)
    for stored in province.store.all(StoredPlan):
        wire = plan_bytes(stored.plan)
        assert (stored.sha256, province.content.blobs[stored.sha256]) == (wire.sha256, wire.data)
