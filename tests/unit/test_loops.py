"""Instants at which the loops of all processes wake together."""

from __future__ import annotations

import time

import pytest

from cms.platform.process.loops import until_turn_s


@pytest.mark.parametrize("now_s", [1000.0, 1000.1, 1000.49, 1001.3])
def test_loops_of_one_interval_wake_at_one_instant(now_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    for every_s in (0.5, 1.0, 2.0):
        wait_s = until_turn_s(every_s)
        assert every_s / 4 < wait_s <= every_s * 5 / 4
        assert (now_s + wait_s) / every_s == pytest.approx(round((now_s + wait_s) / every_s))


def test_a_loop_without_an_interval_does_not_wait() -> None:
    assert until_turn_s(0.0) == 0.0
