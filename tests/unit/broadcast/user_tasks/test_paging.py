"""Paging for an alert: who is called when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.user_tasks.model import RightHolder
from broadcast.user_tasks.paging import HELD_FOR, STEP_LASTS, STEPS_MOST, called, is_unanswered, next_step_at, step_at
from broadcast.user_tasks.rules import by_level
from province.people import UserId

AT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
NEAR, MIDDLE, FAR = (RightHolder(UserId(name), name, level, False) for name, level in (("a", 4), ("b", 3), ("c", 1)))
SECOND = timedelta(seconds=1)


def after(seconds: float) -> datetime:
    return AT + seconds * SECOND


@pytest.mark.parametrize(("seconds", "step"), [(0, 0), (59, 0), (60, 1), (150, 2), (600, 10), (6_000, STEPS_MOST)])
def test_a_step_is_a_minute_and_the_steps_end(seconds: float, step: int) -> None:
    assert step_at(AT, after(seconds), {}) == step


def test_a_clock_that_went_back_calls_the_first_ones() -> None:
    assert step_at(AT, after(-30), {}) == 0


def test_whoever_takes_it_on_has_two_minutes_in_which_nobody_else_is_called() -> None:
    taken = {UserId("a"): after(70)}
    assert [step_at(AT, after(each), taken) for each in (70, 189, 239, 240)] == [1, 1, 1, 2]
    assert next_step_at(AT, after(80), taken) == after(240)


def test_two_who_take_it_on_together_hold_it_no_longer_than_their_time() -> None:
    taken = {UserId("a"): after(30), UserId("b"): after(40)}
    assert next_step_at(AT, after(50), taken) == after(40) + HELD_FOR + 30 * SECOND
    assert step_at(AT, after(190), taken) == 1


def test_the_nearest_are_called_first_and_again_beside_the_next_ones() -> None:
    levels = by_level([FAR, NEAR, MIDDLE])
    assert ["".join(called(levels, step)) for step in (0, 1, 2, 9)] == ["a", "ab", "abc", "abc"]


def test_it_is_unanswered_once_each_level_had_its_minute_and_nobody_took_it_on() -> None:
    levels = by_level([FAR, NEAR])
    assert [is_unanswered(levels, step, ()) for step in (0, 1, 2)] == [False, False, True]
    assert not is_unanswered(levels, 5, {UserId("a")})
    assert is_unanswered((), 0, ())


@given(
    taken=st.dictionaries(st.sampled_from("abcd"), st.floats(0, 900), max_size=4),
    at=st.floats(0, 1_200),
)
def test_the_next_step_comes_at_its_time_and_not_before(taken: dict[str, float], at: float) -> None:
    known = {UserId(name): after(seconds) for name, seconds in taken.items() if seconds <= at}
    step, due_at = step_at(AT, after(at), known), next_step_at(AT, after(at), known)
    if due_at is None:
        assert step == STEPS_MOST
        return
    assert after(at) < due_at <= after(at) + 2 * HELD_FOR + STEP_LASTS
    assert step_at(AT, due_at + timedelta(milliseconds=1), known) == step + 1
    assert step_at(AT, due_at - timedelta(milliseconds=1), known) == step
