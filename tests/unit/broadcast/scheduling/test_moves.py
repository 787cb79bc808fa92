from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broadcast.bulletins.schedules import Move, Schedule
from broadcast.scheduling.recurrence import airings, occurrences_of, problems, starts_of
from broadcast.scheduling.recurrence.moves import free_id, left_out, moved_from, moved_once
from broadcast.scheduling.recurrence.rule import dates_of
from province.errors import InvalidError
from tests.fakes.programme import MONDAY, local, schedule, transmission, wall

DAY = timedelta(days=1)
RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TH,SU",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR",
    "FREQ=WEEKLY;INTERVAL=3",
)
ENDS = ("", ";COUNT=9", ";UNTIL=20260420", ";UNTIL=20260420T165959", ";UNTIL=20260420T100000Z")
WINDOW = (local("2026-02-01T00:00"), local("2026-12-01T00:00"))


def _dates(each: Schedule, count: int = 8) -> list[date]:
    rule = dates_of(each.rrule, each.starts, each.zone)
    return list(islice(rule.from_date(rule.first_on), count))


def _starts(*schedules: Schedule) -> list[datetime]:
    return sorted(a.start_at for each in schedules for a in airings(each, *WINDOW))


@st.composite
def rules(draw: st.DrawFn) -> tuple[Schedule, date]:
    """Draw a rule with dates left out and moved, and one of its other dates."""
    starts = wall(f"{MONDAY + draw(st.integers(-3, 3)) * DAY}T17:00")
    plain = Schedule("s1", starts, draw(st.sampled_from(RULES)) + draw(st.sampled_from(ENDS)))
    dates = _dates(plain)
    on = draw(st.sampled_from(dates))
    others = [day for day in dates if day != on]
    out = draw(st.lists(st.sampled_from(others), unique=True, max_size=2)) if others else []
    left = [day for day in others if day not in out]
    moved = draw(st.lists(st.sampled_from(left), unique=True, max_size=2)) if left else []
    moves = tuple(Move(day, datetime.combine(day, wall("2026-01-01T09:30").time())) for day in sorted(moved))
    return replace(plain, except_on=tuple(sorted(out)), moves=moves), on


def _splits_weeks(rule: Schedule, days: int) -> bool:
    """Return whether the shift puts a rule's two days of a week into different weeks; only the fortnightly rule can."""
    return "INTERVAL=2;BYDAY=TU,FR" in rule.rrule and (1 + days) // 7 != (4 + days) // 7


targets = st.tuples(st.integers(-9, 9), st.sampled_from(("06:00", "17:00", "19:45")))


def _to(on: date, target: tuple[int, str]) -> datetime:
    return wall(f"{on + target[0] * DAY}T{target[1]}")


@given(
    rules(),
    rules(),
    st.none() | st.sampled_from(WINDOW),
    st.none() | st.datetimes(*(at.replace(tzinfo=None) for at in WINDOW)),
)
def test_the_starts_alone_are_those_of_the_occurrences(
    one: tuple[Schedule, date], two: tuple[Schedule, date], valid_from_at: datetime | None, valid_until: datetime | None
) -> None:
    valid_until_at = None if valid_until is None else valid_until.replace(tzinfo=UTC)
    both = (one[0], replace(two[0], id="s2"))
    promised = transmission("t1", *both, valid_from_at=valid_from_at, valid_until_at=valid_until_at)
    assert starts_of(promised, *WINDOW) == [each.start_at for each in occurrences_of(promised, *WINDOW)]


@given(rules(), targets)
def test_moving_one_moves_that_one_and_no_other(drawn: tuple[Schedule, date], target: tuple[int, str]) -> None:
    rule, on = drawn
    to = _to(on, target)
    after = moved_once(rule, on, to)
    was = {a.original_on: a.start_at for a in airings(rule, *WINDOW)}
    now = {a.original_on: a.start_at for a in airings(after, *WINDOW)}
    assert now == {**was, on: local(to.isoformat())}
    assert problems(after) == ()


@given(rules(), targets)
def test_moving_this_and_following_leaves_what_lies_before(
    drawn: tuple[Schedule, date], target: tuple[int, str]
) -> None:
    rule, on = drawn
    to = _to(on, target)
    assume(not _splits_weeks(rule, target[0]))
    parts = moved_from(rule, on, to, "s2")
    by = to - datetime.combine(on, rule.starts.time())
    by_hand = {move.on for move in rule.moves}
    expected = sorted(
        a.start_at if a.original_on < on or a.original_on in by_hand else a.start_at + by
        for a in airings(rule, local("2026-01-01T00:00"), local("2027-01-01T00:00"))
    )
    shifted_window = [start for start in expected if WINDOW[0] <= start < WINDOW[1]]
    assert _starts(*parts) == shifted_window
    assert [problems(part) for part in parts] == [()] * len(parts)
    assert [part.id for part in parts] == (["s1"] if on == _dates(rule)[0] else ["s1", "s2"])


@given(rules())
def test_an_occurrence_moved_to_where_it_is_changes_nothing(drawn: tuple[Schedule, date]) -> None:
    rule, on = drawn
    to = datetime.combine(on, rule.starts.time())
    assert moved_once(rule, on, to) == rule
    assert _starts(*moved_from(rule, on, to, "s2")) == _starts(rule)


@given(rules())
def test_what_is_left_out_is_not_heard_and_all_else_is(drawn: tuple[Schedule, date]) -> None:
    rule, on = drawn
    after = left_out(rule, [on, on + timedelta(days=1000)])
    assert after is not None
    assert list(airings(after, *WINDOW)) == [a for a in airings(rule, *WINDOW) if a.original_on != on]
    assert problems(after) == ()


def test_what_happens_once_is_moved_or_left_out_as_a_whole() -> None:
    once = schedule()
    to = wall("2026-03-05T18:00")
    assert moved_once(once, MONDAY, to) == replace(once, starts=to)
    assert moved_from(once, MONDAY, to, "s2") == (replace(once, starts=to),)
    assert left_out(once, [MONDAY]) is None
    assert left_out(once, [MONDAY + DAY]) == once


def test_leaving_out_what_was_moved_takes_the_move_away() -> None:
    daily = schedule(rrule="FREQ=DAILY", moves=(Move(MONDAY, wall("2026-03-02T18:00")),))
    assert left_out(daily, [MONDAY]) == replace(daily, moves=(), except_on=(MONDAY,))


def test_moving_all_from_an_earlier_date_takes_the_dragged_one_along() -> None:
    wednesday = MONDAY + 2 * DAY
    daily = schedule(rrule="FREQ=DAILY;COUNT=4", moves=(Move(wednesday, wall("2026-03-04T20:00")),))
    (after,) = moved_from(daily, wednesday, wall("2026-03-04T18:00"), "s2", MONDAY)
    assert _starts(after) == [local(f"2026-03-0{day}T18:00") for day in (2, 3, 4, 5)]


def test_days_of_one_week_that_would_lie_in_two_are_no_rule() -> None:
    fortnightly = schedule(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR")
    with pytest.raises(InvalidError):
        moved_from(fortnightly, MONDAY, wall("2026-03-05T17:00"), "s2")
    weekly = schedule(rrule="FREQ=WEEKLY;BYDAY=MO,FR")
    assert moved_from(weekly, MONDAY, wall("2026-03-05T17:00"), "s2")[0].rrule == "FREQ=WEEKLY;BYDAY=MO,TH"


def test_a_new_rule_gets_the_first_free_number() -> None:
    assert free_id([schedule(schedule_id="1"), schedule(schedule_id="3")]) == "2"
    assert free_id([]) == "1"
