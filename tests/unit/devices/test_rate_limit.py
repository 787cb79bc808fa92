"""Rate limit of a device's messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import rate_limit
from devices.model import DeviceId
from devices.rate_limit import RateLimit

LOUD, CALM = DeviceId("loud"), DeviceId("calm")


def test_so_many_at_once_then_so_many_a_minute_and_the_rest_is_counted() -> None:
    made = RateLimit(at_once=3, a_minute=2)
    assert [made.admits(LOUD, 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert made.take() == {LOUD: 2}
    assert made.take() == {}
    assert [made.admits(LOUD, 29.0), made.admits(LOUD, 30.0), made.admits(LOUD, 30.0)] == [False, True, False]


def test_one_that_talks_without_end_costs_nobody_else_a_word() -> None:
    made = RateLimit(at_once=2, a_minute=1)
    for _ in range(1_000):
        made.admits(LOUD, 0.0)
    assert made.admits(CALM, 0.0)
    assert made.take() == {LOUD: 998}


def test_a_word_that_weighs_more_is_worked_off_before_the_next_is_heard() -> None:
    made = RateLimit(at_once=10, a_minute=60)
    assert made.admits(LOUD, 0.0)
    made.charge(LOUD, 49)
    assert [made.admits(LOUD, at_s) for at_s in (1.0, 40.0, 42.0)] == [False, False, True]
    assert made.admits(CALM, 0.0)


@given(st.lists(st.floats(min_value=0, max_value=300), max_size=200))
def test_over_any_time_no_more_than_the_bucket_and_what_flows_into_it(pauses: list[float]) -> None:
    made, now_s, heard = RateLimit(at_once=10, a_minute=6), 0.0, 0
    for pause in pauses:
        now_s += pause
        heard += made.admits(LOUD, now_s)
    assert heard <= 10 + now_s / 10 + 1
    assert heard + sum(made.take().values()) == len(pauses)


def test_strangers_without_number_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "KNOWN_MAX", 2)
    made = RateLimit(at_once=1, a_minute=1)
    assert [made.admits(DeviceId(f"d{n}"), 0.0) for n in range(5)] == [True] * 5
    assert len(made._left) <= 2
