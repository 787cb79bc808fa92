from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from broadcast.bulletins.schedules import Move
from broadcast.scheduling.recurrence import all_problems, problems
from tests.fakes.programme import MONDAY, schedule, wall


@pytest.mark.parametrize(
    ("rrule", "codes"),
    [
        ("", []),
        ("FREQ=DAILY", []),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=8;WKST=MO", []),
        ("FREQ=DAILY;UNTIL=20260302", []),
        ("FREQ=YEARLY", ["RULE_FREQ"]),
        ("INTERVAL=2", ["RULE_FREQ"]),
        ("FREQ=DAILY;BYHOUR=3", ["RULE_PART_UNKNOWN"]),
        ("FREQ=DAILY;COUNT", ["RULE_PART_UNKNOWN"]),
        ("FREQ=DAILY;COUNT=", ["RULE_PART_UNKNOWN"]),
        ("FREQ=DAILY;FREQ=WEEKLY", ["RULE_PART_TWICE"]),
        ("FREQ=DAILY;INTERVAL=0", ["RULE_INTERVAL"]),
        ("FREQ=DAILY;INTERVAL=9999", ["RULE_INTERVAL"]),
        ("FREQ=DAILY;COUNT=-1", ["RULE_COUNT"]),
        ("FREQ=DAILY;COUNT=²", ["RULE_COUNT"]),
        ("FREQ=DAILY;COUNT=5001", ["RULE_COUNT"]),
        ("FREQ=WEEKLY;BYDAY=1MO,XX,TU", ["RULE_BYDAY", "RULE_BYDAY"]),
        ("FREQ=WEEKLY;WKST=SU", ["RULE_WKST"]),
        ("FREQ=DAILY;UNTIL=tomorrow", ["RULE_UNTIL"]),
        ("FREQ=DAILY;UNTIL=20261345", ["RULE_UNTIL"]),
        ("FREQ=DAILY;UNTIL=20260228", ["RULE_UNTIL_BEFORE_START"]),
        ("FREQ=DAILY;UNTIL=20260228T000000Z", ["RULE_UNTIL_BEFORE_START"]),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", ["RULE_COUNT_AND_UNTIL"]),
        ("FREQ=HOURLY;INTERVAL=x;COUNT=0;UNTIL=x", None),
    ],
)
def test_a_rule_is_refused_for_everything_wrong_with_it_at_once(rrule: str, codes: list[str] | None) -> None:
    found = [problem.code for problem in problems(schedule(rrule=rrule))]
    every = ["RULE_FREQ", "RULE_INTERVAL", "RULE_COUNT", "RULE_COUNT_AND_UNTIL", "RULE_UNTIL"]
    assert found == (every if codes is None else codes)


def test_ids_zones_and_times_have_a_form() -> None:
    aware = schedule(schedule_id="S 1", zone="Asia/Atlantis", rrule="FREQ=DAILY")
    odd = wall("2026-03-02T17:00:01.5").replace(tzinfo=UTC)
    found = problems(type(aware)(aware.id, odd, aware.rrule, zone=aware.zone))
    assert [(p.field, p.code) for p in found] == [
        ("id", "SCHEDULE_ID"),
        ("zone", "ZONE_UNKNOWN"),
        ("starts", "NOT_WALL_TIME"),
        ("starts", "NOT_WHOLE_SECOND"),
    ]


@pytest.mark.parametrize("zone", ["../etc/passwd", "", "Asia/Ho_Chi_Minh\0"])
def test_a_zone_is_a_name_and_never_a_path(zone: str) -> None:
    assert [p.code for p in problems(schedule(zone=zone))] == ["ZONE_UNKNOWN"]


def test_exceptions_must_be_airings_of_the_rule() -> None:
    tuesday = MONDAY + timedelta(days=1)
    weekly = schedule(
        rrule="FREQ=WEEKLY",
        except_on=(MONDAY, tuesday),
        moves=(
            Move(MONDAY, wall("2026-03-03T17:00")),
            Move(tuesday, wall("2026-03-03T17:00")),
            Move(tuesday, wall("2026-03-03T17:00").replace(tzinfo=UTC)),
        ),
    )
    assert [(p.code, p.detail["on"]) for p in problems(weekly)] == [
        ("EXCEPT_NOT_IN_RULE", "2026-03-03"),
        ("MOVE_LEFT_OUT", "2026-03-02"),
        ("MOVE_NOT_IN_RULE", "2026-03-03"),
        ("MOVE_LEFT_OUT", "2026-03-03"),
        ("MOVE_NOT_IN_RULE", "2026-03-03"),
        ("MOVE_LEFT_OUT", "2026-03-03"),
        ("NOT_WALL_TIME", "2026-03-03"),
        ("MOVE_TWICE", "2026-03-03"),
    ]


def test_a_move_of_one_of_its_airings_is_well_formed() -> None:
    assert problems(schedule(moves=(Move(MONDAY, wall("2026-03-09T05:45")),))) == ()


def test_exceptions_are_limited_in_number() -> None:
    many = tuple(MONDAY + timedelta(days=n) for n in range(501))
    assert [p.code for p in problems(schedule(rrule="FREQ=DAILY", except_on=many))] == ["TOO_MANY_EXCEPTIONS"]


@pytest.mark.parametrize(
    ("rrule", "starts"),
    [
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-12-01T06:00"),  # a Tuesday
        ("FREQ=DAILY;INTERVAL=14;BYDAY=TU;COUNT=3", "2026-12-02T06:00"),
        ("FREQ=WEEKLY;BYDAY=SU;UNTIL=20261203", "2026-12-01T06:00"),
        ("FREQ=DAILY;UNTIL=20261201T055959", "2026-12-01T06:00"),
    ],
)
def test_a_rule_that_falls_on_no_date_is_refused(rrule: str, starts: str) -> None:
    found = problems(schedule(starts, rrule, except_on=(MONDAY,)))
    assert [(each.field, each.code) for each in found] == [("rrule", "RULE_NEVER")]


def test_the_problems_of_several_schedules_name_theirs() -> None:
    found = all_problems((schedule(rrule="FREQ=YEARLY"), schedule(schedule_id="s2"), schedule(schedule_id="s2")))
    assert [(p.field, p.code) for p in found] == [
        ("schedules.s1.rrule", "RULE_FREQ"),
        ("schedules.s2.id", "SCHEDULE_ID_TWICE"),
    ]


@pytest.mark.parametrize(
    ("rrule", "is_endless"),
    [("", False), ("FREQ=DAILY", True), ("FREQ=DAILY;COUNT=3", False), ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260302", False)],
)
def test_a_rule_without_a_last_day_is_endless(rrule: str, is_endless: bool) -> None:
    assert schedule(rrule=rrule).is_endless is is_endless
