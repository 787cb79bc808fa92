"""Fault injection on a device in real time whose power comes and goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from bench.fault_injection.real_time import InjectedDevice, InjectedFleet
from firmware_sim.core.effects import Publish, Subscribe
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.host.device import SimulatedDevice
from firmware_sim.network.shaping import FaultHooks
from firmware_sim.physics.device_physics import BOOT_MS, DevicePhysics, make_physics
from firmware_sim.physics.weather import Weather
from firmware_sim.provisioning.bundle import Bundle

NOW_MS = 1_795_496_400_000
PAPER_ID = "xa-1-l02"
"""With seed 1 it has no battery."""
BATTERY_ID = "xa-1-l01"


class PaperDevice:
    """Stand-in for a device: runs until it is cancelled."""

    def __init__(self, bundle: Bundle, hooks: FaultHooks, happened: list[str]) -> None:
        self.hooks = hooks
        self._name = bundle.identity.id
        self._off_ms = bundle.clock_off_ms
        self._happened = happened

    async def run(self, reason: str) -> None:
        self._happened.append(f"on: {reason}, {self._off_ms}")
        try:
            await asyncio.Event().wait()
        finally:
            self._happened.append("off")

    def felt(self) -> None:
        self._happened.append("felt")
        self.hooks.looked()

    def say(self, message: Publish) -> None:
        self._happened.append(f"says {self.hooks.said(message).topic}")

    def ask(self, effect: Subscribe) -> None:
        self._happened.append(f"asks {effect.topics}")

    def message(self, topic: str, payload: bytes) -> None:
        self.hooks.heard((topic, payload))

    def press_stop(self) -> None:
        self._happened.append("stop key")


class PaperClock:
    """Fake clock: delayed calls wait for ``pass_on``."""

    now_ms = NOW_MS

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], object]]] = []

    def after(self, ms: float, call: Callable[[], object]) -> None:
        self.waiting.append((ms, call))

    at = after

    def pass_on(self) -> list[float]:
        waiting, self.waiting = self.waiting, []
        for _, call in waiting:
            call()
        return [ms for ms, _ in waiting]


class Stand:
    """Fleet of one device, in an event loop."""

    def __init__(self, folder: Path) -> None:
        self.happened: list[str] = []
        self.clock = PaperClock()
        self.lives: list[asyncio.Task[None]] = []
        self.fleet = InjectedFleet(
            make=lambda device, bundle: cast("SimulatedDevice", PaperDevice(bundle, device.hooks, self.happened)),
            physics=_physics,
            start=lambda device: self.lives.append(asyncio.create_task(device.run())),
            flash=folder / "flash",
            log=folder / "scenario.jsonl",
            seed=1,
        )
        self.fleet.clock = self.clock  # type: ignore[assignment]

    async def settle(self) -> list[str]:
        """Let the event loop run, and return the events since the last call."""
        for _ in range(5):
            await asyncio.sleep(0)
        happened = list(self.happened)
        self.happened.clear()
        return happened


def _physics(_bundle: Bundle, name: str) -> DevicePhysics:
    return make_physics(name, 1, NOW_MS, weather=Weather(1), cert_until_ms=0)


def _bundle(device_id: str, folder: Path = Path()) -> Bundle:
    return Bundle(folder, ProvisionedIdentity(device_id, "", b"", ""), "127.0.0.1", 1, area_id="xa-1")


def live(folder: Path, device_id: str, scene: Callable[[Stand, InjectedDevice], Awaitable[None]]) -> None:
    async def run() -> None:
        stand = Stand(folder)
        device = stand.fleet.add(_bundle(device_id))
        assert await stand.settle() == ["on: power, 0"]
        await scene(stand, device)
        for task in stand.lives:
            task.cancel()
        await asyncio.gather(*stand.lives, return_exceptions=True)
        assert stand.fleet.areas == {device_id: "xa-1"}

    asyncio.run(run())


def test_without_a_battery_it_tells_of_the_cut_and_dies_and_boots_when_the_mains_are_back(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.physics.has_mains = False
        device.felt()
        assert await stand.settle() == ["felt"]
        assert stand.clock.pass_on() == [2_000]
        assert await stand.settle() == ["off"]
        device.power_on()  # nothing to boot with
        device.physics.has_mains = True
        device.felt()
        assert stand.clock.pass_on() == [BOOT_MS]
        assert await stand.settle() == ["on: power, 0"]

    live(tmp_path, PAPER_ID, scene)


def test_mains_that_are_back_within_the_last_gasp_are_no_cut(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.physics.has_mains = False
        device.felt()
        device.physics.has_mains = True
        device.felt()
        stand.clock.pass_on()
        assert await stand.settle() == ["felt", "felt"]
        assert device.is_on

    live(tmp_path, PAPER_ID, scene)


def test_on_its_battery_it_lives_until_that_is_flat(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.physics.has_mains = False
        device.felt()
        assert stand.clock.pass_on() == []
        assert await stand.settle() == ["felt"]
        assert device.physics.battery is not None
        device.physics.battery.charge = 0.0
        device.felt()
        assert await stand.settle() == ["felt", "off"]

    live(tmp_path, BATTERY_ID, scene)


def test_a_clock_that_is_wrong_is_so_from_the_next_start_on(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.clock_off_ms = 45_000
        device.restart("watchdog")
        assert await stand.settle() == ["off"]
        assert stand.clock.pass_on() == [BOOT_MS]
        assert await stand.settle() == ["on: watchdog, 45000"]

    live(tmp_path, PAPER_ID, scene)


def test_without_a_cell_nothing_passes(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.physics.radio.faded_db = 90.0
        device.felt()
        cut = [device.network.is_cut]
        device.physics.radio.faded_db = 0.0
        device.felt()
        cut.append(device.network.is_cut)
        assert await stand.settle() == ["felt", "felt"]
        assert cut == [True, False]

    live(tmp_path, PAPER_ID, scene)


def test_a_way_that_opens_while_the_box_is_off_is_open_when_it_is_on_again(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.network.is_held = True
        device.felt()
        device.power_off()
        await stand.settle()
        device.network.is_held = False
        device.felt()
        await asyncio.wait_for(device._shaper.opened(), 60)

    live(tmp_path, PAPER_ID, scene)


def test_its_words_are_rewritten_and_what_it_hears_is_overheard(tmp_path: Path) -> None:
    async def scene(stand: Stand, device: InjectedDevice) -> None:
        device.say(Publish("a", b""))
        device.rewrite = lambda _: Publish("b", b"")
        device.say(Publish("a", b""))
        device.ask(Subscribe((("#", 1),)))
        device.message("c", b"word")
        device.press_stop()
        assert await stand.settle() == ["says a", "says b", "asks (('#', 1),)", "stop key"]
        assert list(stand.fleet.overheard) == [("c", b"word")]
        device.power_off()
        await stand.settle()
        device.say(Publish("a", b""))
        device.ask(Subscribe((("#", 1),)))
        device.message("c", b"word")
        device.press_stop()
        assert await stand.settle() == []

    live(tmp_path, PAPER_ID, scene)


def test_what_is_done_to_whom_is_written_down(tmp_path: Path) -> None:
    async def scene(stand: Stand, _device: InjectedDevice) -> None:
        stand.fleet.caused(1, 2, "door_open", PAPER_ID)

    live(tmp_path, PAPER_ID, scene)
    body = json.loads((tmp_path / "scenario.jsonl").read_text())
    assert body == {"cause": "door_open", "device": PAPER_ID, "since_ms": 1, "until_ms": 2}


def test_a_clock_of_the_loop_calls_in_its_time_and_what_is_past_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        fleet = Stand(tmp_path)
        del fleet.fleet.clock
        fleet.fleet.__post_init__()
        clock, called = fleet.fleet.clock, asyncio.Event()
        clock.at(clock.now_ms - 5_000, called.set)
        await called.wait()

    asyncio.run(asyncio.wait_for(run(), 60))
