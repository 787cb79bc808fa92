"""Faults at work in virtual time: each begins, acts on physics, link, clock, flash or messages, and ends."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable

from firmware_sim.physics.dice import dice
from firmware_sim.scenarios import durations
from firmware_sim.scenarios.faults import End, begin, begin_for_all
from firmware_sim.scenarios.model import OF_EVERYBODY, Fault, Scenario, Who, kind_of
from firmware_sim.virtual.fleet import VirtualFleet
from firmware_sim.virtual.pole import VirtualPole


class Stage:
    """A scenario played on a fleet. ``on_server``: told True when the server is to be there, False when it is not."""

    def __init__(
        self, scenario: Scenario, fleet: VirtualFleet, on_server: Callable[[bool], object] = lambda _: None
    ) -> None:
        self.scenario = scenario
        self.began: Counter[str] = Counter()
        self._fleet = fleet
        self._timeline = fleet.around.timeline
        self._start_ms = self._timeline.now_ms
        self._end_ms = self._start_ms + durations.to_ms(scenario.lasts)
        self.on_server = on_server
        self._held: Counter[tuple[str, str]] = Counter()
        self._ends: dict[tuple[str, str], End] = {}

    def set_up(self) -> None:
        """Every fault has its appointments, counted from now."""
        for number, fault in enumerate(self.scenario.faults):
            every_ms = durations.to_ms(fault.every) if fault.every else 0
            for time in range(fault.times):
                at_ms = self._start_ms + durations.to_ms(fault.at) + time * every_ms
                if at_ms < self._end_ms:
                    self._timeline.at(at_ms, functools.partial(self._begin, fault, number, time))

    def _begin(self, fault: Fault, number: int, time: int) -> None:
        now_ms = self._timeline.now_ms
        lasts_ms = durations.to_ms(fault.lasts) if fault.lasts else self._end_ms - now_ms
        until_ms = min(self._end_ms, now_ms + lasts_ms)
        kind = kind_of(fault)
        self.began[kind] += 1
        if isinstance(fault, OF_EVERYBODY):
            self._fleet.truth.caused(now_ms, until_ms, kind, "")
            self._timeline.at(until_ms, begin_for_all(fault, self._fleet.around, self._tell_server))
            return
        for pole in self._drawn(fault.who, number, time):
            if not self._held[pole.name, kind]:
                self._fleet.truth.caused(now_ms, until_ms, kind, pole.name)
                self._ends[pole.name, kind] = begin(fault, pole, self._fleet)
                pole.felt()
            self._held[pole.name, kind] += 1
            self._timeline.at(until_ms, functools.partial(self._over, kind, pole))

    def _tell_server(self, is_there: bool) -> None:  # noqa: FBT001 - a call-back's only word
        self.on_server(is_there)

    def _over(self, kind: str, pole: VirtualPole) -> None:
        """Two of a kind that overlap are one, until both are over."""
        self._held[pole.name, kind] -= 1
        if not self._held[pole.name, kind]:
            self._ends.pop((pole.name, kind))()
            pole.felt()

    def _drawn(self, who: Who, number: int, time: int) -> list[VirtualPole]:
        """Whom it befalls this time."""
        poles, areas = self._fleet.poles, self._fleet.areas
        chance = dice(self._fleet.around.seed, "who", number, time)
        names = list(poles)
        if who.devices:
            names = [name for name in who.devices if name in poles]
        elif who.areas or who.one_area:
            meant = who.areas or (chance.choice(sorted(set(areas.values()))),)
            names = [name for name in names if areas[name] in meant]
        elif who.count is not None or who.share is not None:
            count = who.count or max(1, round((who.share or 0.0) * len(names)))
            names = sorted(chance.sample(names, min(count, len(names))))
        return [poles[name] for name in names]
