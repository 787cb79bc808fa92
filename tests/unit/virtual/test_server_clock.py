"""Wrong server clock for a while: no device falls silent because of it, then or later."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bench.virtual_fleet.device import VirtualDevice
from tests.unit.virtual.world import HOUR, MINUTE, SECOND, World

DAY = 24 * HOUR
DEVICES = 50
WITHOUT_CLOCK = 20
"""One device in so many has no clock of its own."""


def fleet(devices: int = DEVICES, seed: int = 1) -> World:
    """Build a connected fleet that receives every beacon."""
    world = World(devices=devices, seed=seed)
    for number, device in enumerate(world.fleet.devices.values()):
        device.hears_all = True
        device._clock_known = number % WITHOUT_CLOCK != 0
    world.tell_time_for(3)
    return world


def cycle(world: World) -> None:
    """Cut the power of every device and restore it; its flash is kept."""
    for device in world.fleet.devices.values():
        device.power_off()
        world.timeline.after(5 * SECOND, power_on_of(device))
    world.run(3 * MINUTE)


def power_on_of(device: VirtualDevice) -> Callable[[], None]:
    return lambda: device.power_on("power")


@pytest.mark.parametrize("off_ms", [HOUR, 400 * DAY, -HOUR, 3 * SECOND])
@pytest.mark.parametrize("wrong_min", [1, 30])
@pytest.mark.parametrize("is_cycled", [False, True], ids=["power stays", "power cycle"])
def test_an_alert_a_minute_after_the_server_is_right_again_sounds_everywhere(
    off_ms: int, wrong_min: int, *, is_cycled: bool
) -> None:
    world = fleet()
    world.server_off_ms = off_ms
    world.tell_time_for(wrong_min)
    world.server_off_ms = 0
    if is_cycled:
        cycle(world)
    world.tell_time()
    world.run(MINUTE)
    world.alert("later")
    world.run(20 * SECOND)
    assert len(world.sounded("later")) == DEVICES


@pytest.mark.parametrize("off_ms", [HOUR, -HOUR, 400 * DAY])
def test_an_alert_while_the_server_is_wrong_sounds_and_ends_when_it_should(off_ms: int) -> None:
    world = fleet(10)
    world.server_off_ms = off_ms
    world.tell_time_for(1)
    world.alert("then", lasts_ms=20 * MINUTE)
    world.run(30 * SECOND)
    assert len(world.sounded("then")) == 10
    world.server_off_ms = 0
    world.tell_time_for(30)
    assert [device.name for device in world.fleet.devices.values() if device.flash.load().get("alert")] == []


@pytest.mark.parametrize("seed", range(12))
def test_no_wrong_time_of_any_size_and_length_refuses_an_alert_three_minutes_after_it(seed: int) -> None:
    dice = random.Random(seed)
    world = fleet(8, seed)
    for _ in range(3):
        world.server_off_ms = dice.choice((-1, 1)) * int(10 ** dice.uniform(3, 11.5))
        world.server_off_ms = max(world.server_off_ms, -DAY)
        world.tell_time_for(dice.randrange(1, 40))
        if dice.random() < 0.5:
            cycle(world)
    world.server_off_ms = 0
    world.tell_time_for(3)
    world.alert("after")
    world.run(20 * SECOND)
    assert len(world.sounded("after")) == 8
