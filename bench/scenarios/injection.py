"""Fault injection: each fault begins, acts on physics, link, clock, flash or messages, and ends."""

import functools
from collections import Counter
from collections.abc import Callable

from bench.fault_injection.targets import TargetDevice, TargetFleet
from bench.scenarios.fault import End, FaultTarget, ScenarioFault, SharedFault, to_ms
from bench.scenarios.reader import OF_CONNECTED, OF_LOUDSPEAKERS, Scenario
from firmware_sim.physics.dice import dice


class ScenarioStage:
    """Scenario played on a fleet. ``for_all`` begins a fault of shared infrastructure, and returns its end."""

    def __init__(self, scenario: Scenario, fleet: TargetFleet, for_all: Callable[[SharedFault], End]) -> None:
        self.scenario = scenario
        self.began: Counter[str] = Counter()
        self._fleet = fleet
        self._clock = fleet.clock
        self._start_ms = self._clock.now_ms
        self._end_ms = self._start_ms + to_ms(scenario.lasts)
        self._for_all = for_all
        self._held: Counter[tuple[str, str]] = Counter()
        self._ends: dict[tuple[str, str], End] = {}

    def set_up(self) -> None:
        """Schedule every fault, counted from now."""
        for number, fault in enumerate(self.scenario.faults):
            every_ms = to_ms(fault.every) if fault.every else 0
            for time in range(fault.times):
                at_ms = self._start_ms + to_ms(fault.at) + time * every_ms
                if at_ms < self._end_ms:
                    self._clock.at(at_ms, functools.partial(self._begin, fault, number, time))

    def _begin(self, fault: ScenarioFault, number: int, time: int) -> None:
        now_ms = self._clock.now_ms
        lasts_ms = to_ms(fault.lasts) if fault.lasts else self._end_ms - now_ms
        until_ms = min(self._end_ms, now_ms + lasts_ms)
        kind = fault.kind
        self.began[kind] += 1
        if isinstance(fault, SharedFault):
            self._fleet.caused(now_ms, until_ms, kind, "")
            self._clock.at(until_ms, self._for_all(fault))
            return
        for device in self._drawn(fault, number, time):
            if not self._held[device.name, kind]:
                self._fleet.caused(now_ms, until_ms, kind, device.name)
                self._ends[device.name, kind] = fault.begin(FaultTarget(device, self._fleet))
                device.felt()
            self._held[device.name, kind] += 1
            self._clock.at(until_ms, functools.partial(self._over, kind, device))

    def _over(self, kind: str, device: TargetDevice) -> None:
        """End a fault; two of a kind that overlap end together, with the later one."""
        self._held[device.name, kind] -= 1
        if not self._held[device.name, kind]:
            self._ends.pop((device.name, kind))()
            device.felt()

    def _drawn(self, fault: ScenarioFault, number: int, time: int) -> list[TargetDevice]:
        """Draw the targets of a fault for this time."""
        who, areas, devices = fault.who, self._fleet.areas, self._fleet.devices
        if isinstance(fault, OF_LOUDSPEAKERS):
            devices = {name: device for name, device in devices.items() if device.identity.has_loudspeaker}
        chance = dice(self._fleet.seed, "who", number, time)
        names = list(devices)
        if who.devices:
            names = [name for name in who.devices if name in devices]
        elif who.areas or who.one_area:
            meant = who.areas or (chance.choice(sorted(set(areas.values()))),)
            names = [name for name in names if areas[name] in meant]
        elif who.count is not None or who.share is not None:
            count = who.count or max(1, round((who.share or 0.0) * len(names)))
            if isinstance(fault, OF_CONNECTED):
                heard = [name for name in names if devices[name].is_on and not devices[name].network.is_cut]
                names = heard if len(heard) >= count else names
            names = sorted(chance.sample(names, min(count, len(names))))
        return [devices[name] for name in names]
