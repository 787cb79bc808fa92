"""Network conditions between a device and its broker, in an event loop with virtual time."""

from __future__ import annotations

import asyncio
import functools
import heapq
import itertools
from collections.abc import Callable
from typing import cast

import pytest

from bench.fault_injection.conditions import LinkConditions, NetworkShaper
from firmware_sim.physics.dice import dice


class FakeLoop:
    """Fake event loop with ``time`` and ``call_later``; ``run`` advances time."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, FakeTimer]] = []

    def time(self) -> float:
        return self.now_s

    def call_later(self, after_s: float, call: Callable[[], object]) -> FakeTimer:
        timer = FakeTimer(call)
        heapq.heappush(self._timers, (self.now_s + after_s, next(self._order), timer))
        return timer

    def run(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self._timers and self._timers[0][0] <= until_s:
            self.now_s, _, timer = heapq.heappop(self._timers)
            if timer.call is not None:
                timer.call()
        self.now_s = until_s


class FakeTimer:
    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self.call = None


class Road:
    """Shaped network, and the messages that came through: when, in seconds from the start."""

    def __init__(self) -> None:
        self.loop = FakeLoop()
        self.network = LinkConditions(base_ms=0)
        self.shaper = NetworkShaper(self.network, dice(1, "way"), cast("asyncio.AbstractEventLoop", self.loop))
        self.came: list[tuple[float, str]] = []

    def up(self, *words: str) -> None:
        for word in words:
            self.shaper.up.carry(functools.partial(self._arrive, word))

    def _arrive(self, word: str) -> None:
        self.came.append((round(self.loop.now_s - 1_000, 3), word))

    @property
    def words(self) -> list[str]:
        return [word for _, word in self.came]


@pytest.fixture
def road() -> Road:
    return Road()


def test_on_a_fair_path_all_passes_at_once(road: Road) -> None:
    road.up("one", "two")
    assert road.came == [(0.0, "one"), (0.0, "two")]


def test_what_is_late_keeps_its_order(road: Road) -> None:
    road.network.delay_ms = 800
    road.up("one")
    road.loop.run(0.3)
    road.network.delay_ms = 0
    road.up("two")
    assert road.came == []
    road.loop.run(1)
    assert road.came == [(0.8, "one"), (0.8, "two")]


def test_what_is_lost_comes_later_and_is_not_lost(road: Road) -> None:
    road.network.loss = 0.9
    sent = [str(number) for number in range(20)]
    road.up(*sent)
    assert road.words != sent
    road.loop.run(60)
    assert road.words == sent
    assert road.came[-1][0] > 0.3


def test_what_is_held_up_comes_when_the_way_is_open_again(road: Road) -> None:
    road.network.is_held = True
    road.shaper.changed()
    road.up("one", "two")
    road.loop.run(100)
    assert road.came == []
    road.network.is_held = False
    road.shaper.changed()
    assert road.words == ["one", "two"]


def test_what_was_under_way_is_held_up_as_well(road: Road) -> None:
    road.network.delay_ms = 1_000
    road.up("one")
    road.network.has_signal = False
    road.shaper.changed()
    road.loop.run(10)
    assert road.came == []
    road.network.has_signal = True
    road.shaper.changed()
    assert road.words == ["one"]


def test_another_connection_has_nothing_of_the_one_before(road: Road) -> None:
    road.network.is_held = True
    road.shaper.changed()
    road.up("one")
    road.shaper.begin()
    road.network.is_held = False
    road.shaper.changed()
    road.up("two")
    assert road.words == ["two"]


def test_a_carrier_forgets_who_was_idle_and_knows_who_connects_anew(road: Road) -> None:
    road.network.nat_idle_s = 30
    road.loop.run(29)
    road.up("one")
    road.loop.run(31)
    road.up("two")
    road.up("three")
    road.network.nat_idle_s = 0
    road.up("four")  # its table does not come back
    assert road.words == ["one"]
    road.shaper.begin()
    road.up("five")
    assert road.words == ["one", "five"]


def test_who_waits_for_an_open_way_goes_on_when_it_is() -> None:
    async def live() -> list[str]:
        network = LinkConditions(base_ms=0, is_held=True)
        shaper = NetworkShaper(network, dice(1, "way"), asyncio.get_running_loop())
        happened = []

        async def wait() -> None:
            await shaper.opened()
            happened.append("opened")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        happened.append("held")
        network.is_held = False
        shaper.changed()
        await waiting
        return happened

    assert asyncio.run(live()) == ["held", "opened"]
