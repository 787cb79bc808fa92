from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bench.load.alarm import EARLY_MS, Alarm
from bench.load.shared_timer import SharedTimer


class _Timer:
    def __init__(self) -> None:
        self.now_ms = 1_000
        self.rung: list[int] = []
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.alarm = Alarm(lambda delay_s, call: self.waiting.append((delay_s, call)), lambda: self.now_ms, self._ring)

    def call_at(self, now_ms: int) -> None:
        self.now_ms = now_ms
        waiting, self.waiting = self.waiting, []
        for _, call in waiting:
            call()

    def _ring(self) -> None:
        self.rung.append(self.now_ms)


@pytest.fixture
def timer() -> _Timer:
    return _Timer()


def test_an_alarm_that_the_timer_calls_too_early_is_not_lost(timer: _Timer) -> None:
    timer.alarm.set(1_500)
    timer.call_at(1_500 - EARLY_MS - 1)
    assert timer.rung == []
    assert [delay_s for delay_s, _ in timer.waiting] == [(EARLY_MS + 1) / 1000]
    timer.call_at(1_500)
    assert timer.rung == [1_500]


def test_an_alarm_may_ring_a_little_early(timer: _Timer) -> None:
    timer.alarm.set(1_500)
    timer.call_at(1_500 - EARLY_MS)
    assert timer.rung == [1_500 - EARLY_MS]


@pytest.mark.parametrize("instants", [(1_500, 1_200), (1_200, 1_500), (1_500, 1_500)])
def test_an_alarm_rings_once_for_the_last_instant_asked_for(timer: _Timer, instants: tuple[int, int]) -> None:
    for at_ms in instants:
        timer.alarm.set(at_ms)
    timer.call_at(2_000)
    assert timer.rung == [2_000]
    assert timer.waiting == []


def test_a_call_that_fails_does_not_stop_the_calls_of_other_devices() -> None:
    seen: list[str] = []

    def fail() -> None:
        raise OSError("no card")

    async def both() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, about: seen.append(str(about["exception"])))
        timer, done = SharedTimer(), asyncio.Event()
        timer.after(0, fail)
        timer.after(0, done.set)
        await asyncio.wait_for(done.wait(), 10)

    asyncio.run(both())
    assert seen == ["no card"]
