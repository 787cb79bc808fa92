"""Fault injection into a running fleet: boxes that lose power, links that are held up, flash that fails."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.fault_injection.conditions import LinkConditions, NetworkShaper
from bench.fault_injection.flash import Wear
from bench.fault_injection.targets import Rewrite
from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.hardware_clock import now_ms
from firmware_sim.host.device import SimulatedDevice
from firmware_sim.network.shaping import FaultHooks
from firmware_sim.physics.device_physics import BOOT_MS, LAST_GASP_S, DevicePhysics
from firmware_sim.physics.dice import dice
from firmware_sim.provisioning.bundle import Bundle

OVERHEARD_MOST: Final = 200


class LoopClock:
    """Clock of a fleet in real time, by the loop's timers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    @property
    def now_ms(self) -> int:
        return now_ms()

    def at(self, at_ms: int, call: Callable[[], object]) -> asyncio.TimerHandle:
        return self.after(at_ms - now_ms(), call)

    def after(self, ms: float, call: Callable[[], object]) -> asyncio.TimerHandle:
        return self._loop.call_later(max(0.0, ms) / 1000, call)


class InjectedDevice:
    """One box under fault injection. ``run`` runs a ``SimulatedDevice`` from each power-on to the next power-off."""

    def __init__(self, bundle: Bundle, physics: DevicePhysics, fleet: InjectedFleet, *, name: str = "") -> None:
        """Make the box. ``name``: given where it is not the device of its id (a clone)."""
        self.name = name or bundle.identity.id
        self.bundle = bundle
        self.identity: ProvisionedIdentity = bundle.identity
        self.physics = physics
        self.network = LinkConditions(base_ms=0)
        self.wear = Wear()
        self.clock_off_ms = bundle.clock_off_ms
        self.failing_firmware = False
        self.rewrite: Rewrite | None = None
        self.hears_all = True
        self._fleet = fleet
        self._shaper = NetworkShaper(self.network, dice(fleet.seed, self.name, "way"), asyncio.get_running_loop())
        self.hooks = FaultHooks(self._shaper, self._said, fleet.overheard.append, self._looked)
        self._device: SimulatedDevice | None = None
        self._reason = "power"
        self._on, self._off = asyncio.Event(), asyncio.Event()

    @property
    def is_on(self) -> bool:
        return self._on.is_set()

    async def run(self) -> None:
        """Run until cancelled. ``power_on`` switches it on."""
        while True:
            await self._on.wait()
            bundle = replace(self.bundle, clock_off_ms=self.clock_off_ms)
            self._device = self._fleet.make(self, bundle)
            life = asyncio.create_task(self._device.run(self._reason))
            try:
                await self._off.wait()
            finally:
                self._device = None
                life.cancel()
                await asyncio.gather(life, return_exceptions=True)

    def power_on(self, reason: str = "power") -> None:
        """Switch it on, if there is power."""
        self.physics.step(now_ms())
        if self.physics.has_power and not self.is_on:
            self._reason = reason
            self._off.clear()
            self._on.set()

    def power_off(self) -> None:
        self._on.clear()
        self._off.set()

    def restart(self, reason: str) -> None:
        self.power_off()
        self._fleet.clock.after(BOOT_MS, lambda: self.power_on(reason))

    def felt(self) -> None:
        self.physics.step(now_ms())
        self._shaper.changed()
        if not self.is_on:
            if self.physics.has_power:
                self._fleet.clock.after(BOOT_MS, self.power_on)
            return
        if self._device is not None:
            self._device.felt()
        if not self.physics.has_power and self.physics.battery is None:
            self._fleet.clock.after(LAST_GASP_S * 1000, self._gasped)

    def say(self, message: Publish) -> None:
        if self._device is not None:
            self._device.say(message)

    def ask(self, effect: Subscribe) -> None:
        if self._device is not None:
            self._device.ask(effect)

    def message(self, topic: str, payload: bytes) -> None:
        if self._device is not None:
            self._device.message(topic, payload)

    def press_stop(self) -> None:
        if self._device is not None:
            self._device.press_stop()

    def _said(self, message: Publish) -> Publish:
        return message if self.rewrite is None else self.rewrite(message)

    def _looked(self) -> None:
        """Follow a measurement of the box: without power nothing runs, without a cell nothing passes."""
        if not self.physics.has_power and self.physics.battery is not None:
            self.power_off()
        if self.network.has_signal != self.physics.radio.has_cell:
            self.network.has_signal = self.physics.radio.has_cell
            self._shaper.changed()

    def _gasped(self) -> None:
        if not self.physics.has_power:
            self.power_off()


Make = Callable[[InjectedDevice, Bundle], SimulatedDevice]


@dataclass
class InjectedFleet:
    """Fleet in real time that ``ScenarioStage`` injects faults into.

    ``make``: makes the simulated device for one boot. ``physics``: makes that of a bundle and name. ``start``: runs a
    device. ``log``: file of the faults injected, a line of JSON each.
    """

    make: Make
    physics: Callable[[Bundle, str], DevicePhysics]
    start: Callable[[InjectedDevice], object]
    flash: Path
    log: Path
    seed: int

    def __post_init__(self) -> None:
        self.clock = LoopClock()
        self.devices: dict[str, InjectedDevice] = {}
        self.areas: dict[str, str] = {}
        self.overheard: deque[tuple[str, bytes]] = deque(maxlen=OVERHEARD_MOST)

    def add(self, bundle: Bundle) -> InjectedDevice:
        """Add a delivered device, switched on."""
        device = InjectedDevice(bundle, self.physics(bundle, bundle.identity.id), self)
        self.devices[device.name], self.areas[device.name] = device, bundle.area_id
        device.power_on()
        self.start(device)
        return device

    def clone(self, of: str) -> InjectedDevice:
        name = f"{of}_clone"
        folder = self.flash / f"{name}_bundle"
        for stale in (folder, self.flash / name):
            shutil.rmtree(stale, ignore_errors=True)
        shutil.copytree(self.devices[of].bundle.folder, folder)
        bundle = Bundle.read(folder)
        device = InjectedDevice(bundle, self.physics(bundle, name), self, name=name)
        self.start(device)
        return device

    def caused(self, since_ms: int, until_ms: int, what: str, whom: str) -> None:
        line = {"cause": what, "device": whom, "since_ms": since_ms, "until_ms": until_ms}
        with self.log.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
