from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from broadcast.bulletins.model import BulletinId, BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from broadcast.scheduling.rescheduling import Promise
from broadcast.scheduling.timetable import (
    ChangeEffect,
    Planned,
    QuietSpan,
    TimetableAiring,
    rows_under,
    silences,
    slots,
)
from province.areas import AreaTree
from tests.fakes.programme import AREAS, C1, C2, C3, MONDAY, NORTH, NOW, PROVINCE, SOUTH, TREE, local, schedule

DAY = (local("2026-03-02T00:00"), local("2026-03-03T00:00"))


def _planned(**more: Any) -> Planned:
    plain = Planned(
        BulletinId("b1"),
        3,
        "Lịch tiêm chủng",
        BulletinStatus.SCHEDULED,
        PriorityClass.NORMAL,
        Targets((PROVINCE,)),
        (schedule(),),
        120_000,
        NOW - timedelta(days=2),
    )
    return replace(plain, **more)


def _slots(*planned: Planned, under: Any = PROVINCE) -> tuple[TimetableAiring, ...]:
    return slots(planned, rows_under(under, TREE, MONDAY), TREE, *DAY)


def test_rows_are_the_children_in_force_and_an_area_without_any_is_its_own_row() -> None:
    assert rows_under(PROVINCE, TREE, MONDAY).leaves == {C1: NORTH, C2: NORTH, C3: SOUTH}
    assert rows_under(C1, TREE, MONDAY).ids == (C1,)
    closed = AreaTree([replace(each, valid_to=MONDAY) if each.id == C2 else each for each in AREAS])
    assert rows_under(NORTH, closed, MONDAY).ids == (C1,)
    assert rows_under(NORTH, closed, date(2026, 3, 1)).ids == (C1, C2)


def test_a_slot_names_the_rows_that_hear_it_and_those_that_hear_it_in_part() -> None:
    (slot,) = _slots(_planned(targets=Targets((PROVINCE,), (C2,))))
    assert (slot.rows, slot.partly) == ((NORTH, SOUTH), (NORTH,))
    assert (slot.start_at, slot.end_at) == (local("2026-03-02T17:00"), local("2026-03-02T17:02"))
    assert (slot.schedule_id, slot.original_on, slot.change) == ("s1", MONDAY, ChangeEffect.NONE)


def test_what_is_heard_elsewhere_has_no_slot() -> None:
    assert _slots(_planned(targets=Targets((SOUTH,))), under=NORTH) == ()


def test_only_what_is_on_air_within_the_span_is_shown_also_what_runs_into_it() -> None:
    def starts(text: str) -> int:
        return len(_slots(_planned(schedules=(schedule(text),), since_at=NOW - timedelta(days=9))))

    assert [starts(f"2026-03-0{at}") for at in ("1T23:57", "1T23:58", "1T23:59", "2T23:59", "3T00:00")] == [
        0,
        0,
        1,
        1,
        0,
    ]


def test_what_started_before_it_was_approved_was_never_meant_to_be_heard() -> None:
    daily = (schedule("2026-03-02T08:00", "FREQ=DAILY"),)
    assert _slots(_planned(schedules=daily, since_at=local("2026-03-02T08:01"))) == ()


def test_slots_come_in_time_order() -> None:
    later = _planned(bulletin_id=BulletinId("b0"), schedules=(schedule("2026-03-02T18:00"),))
    assert [slot.start_at.hour for slot in _slots(later, _planned())] == [10, 11]


def test_a_change_that_waits_is_shown_beside_what_it_changes() -> None:
    rules = (schedule(), schedule("2026-03-02T18:00", schedule_id="s2"))
    proposed = Promise(
        (schedule("2026-03-02T17:00", schedule_id="s9"), schedule("2026-03-02T19:00", schedule_id="s2")),
        PriorityClass.PRIORITY,
        Targets((NORTH,)),
    )
    found = _slots(_planned(schedules=rules, proposed=proposed))
    results = [(slot.schedule_id, slot.start_at.hour, slot.change, slot.rows) for slot in found]
    assert results == [
        ("s9", 10, ChangeEffect.NONE, (NORTH,)),
        ("s2", 11, ChangeEffect.LEAVING, (NORTH, SOUTH)),
        ("s2", 12, ChangeEffect.COMING, (NORTH,)),
    ]


def test_quiet_hours_are_told_where_they_touch_the_span() -> None:
    night = AreaRules(quiet=(QuietWindow(time(21, 30), time(5, 30)),))
    assert silences({NORTH: night, SOUTH: AreaRules(quiet=())}, *DAY) == (
        QuietSpan(NORTH, local("2026-03-01T21:30"), local("2026-03-02T05:30")),
        QuietSpan(NORTH, local("2026-03-02T21:30"), local("2026-03-03T05:30")),
    )
