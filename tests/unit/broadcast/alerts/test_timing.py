"""Objective of an alert's timing, and the error budget over many."""

from __future__ import annotations

import pytest

from broadcast.alerts.timing import AlertTiming, budget_left

MET, MISSED = AlertTiming(100, 99, 100), AlertTiming(100, 98, 100)


@pytest.mark.parametrize(
    ("online", "in_time", "meets"), [(0, 0, True), (1, 1, True), (1, 0, False), (100, 99, True), (1_000, 989, False)]
)
def test_99_of_100_connected_loudspeakers_sound_in_time(online: int, in_time: int, meets: bool) -> None:
    assert AlertTiming(online, in_time, 0).meets_objective is meets


def test_the_budget_is_one_alert_of_a_hundred() -> None:
    assert budget_left([]) == 1
    assert budget_left([MET] * 10) == 1
    assert budget_left([MET] * 99 + [MISSED]) == pytest.approx(0)
    assert budget_left([MET] * 199 + [MISSED]) == pytest.approx(0.5)
    assert budget_left([MET] * 9 + [MISSED]) == pytest.approx(-9)
