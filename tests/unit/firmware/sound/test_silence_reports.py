"""Silence kept by a stop: reported at sync like an order in force, and ended by a cancel that names the stop."""

from __future__ import annotations

import pytest

from devices.protocol.messages import Command
from firmware_sim.core.device import HOUSEKEEPING_MS
from firmware_sim.core.sound.sound_settings import LIFTED_MS
from tests.unit.firmware.alert_messages import cancel, send
from tests.unit.firmware.device_harness import MINUTE_MS, DeviceHarness, ready_device
from tests.unit.firmware.sync_requests import asks


def hushed(prio: int = 8) -> DeviceHarness:
    device = ready_device()
    stop = device.command("stop", type="stop", prio=prio, hush_until=device.now + 30 * MINUTE_MS)
    send(device, stop, kid="alert" if prio == 9 else "plan")
    return device


def told(device: DeviceHarness) -> dict[str, int]:
    """Return the orders in the sync request after a power cut."""
    device.power_cut(1_000)
    device.connect()
    return asks(device)[-1].orders


def is_silent(device: DeviceHarness) -> bool:
    play = device.play()
    device.order(play)
    return device.last_ack(play.cid).code == "HUSHED"


@pytest.mark.parametrize("prio", [8, 9])
def test_the_stop_whose_silence_holds_is_told_with_its_end(prio: int) -> None:
    device = hushed(prio)
    until = device.now + 30 * MINUTE_MS
    assert told(device) == {"stop": until}


def test_a_cancel_that_names_the_stop_lifts_its_silence() -> None:
    device = hushed()
    assert is_silent(device)
    send(device, cancel(device, "stop"))
    assert not is_silent(device)
    assert "stop" not in told(device)


def test_a_cancel_that_names_another_or_comes_from_lower_or_is_a_drills_lifts_nothing() -> None:
    device = hushed(9)
    lower: Command = device.command("lower", type="cancel", prio=6, refs=["stop"])
    send(device, lower, kid="plan")
    send(device, cancel(device, "stop", drill=True, cid="drill"))
    send(device, cancel(device, "other", cid="other"))
    assert is_silent(device)


@pytest.mark.parametrize(("by", "is_hushed"), [(9, False), (8, True)])
def test_a_stop_that_arrives_after_its_lift_keeps_no_hush_unless_the_lift_is_below_it(by: int, is_hushed: bool) -> None:
    device = ready_device()
    stop = device.command("stop", type="stop", prio=9, hush_until=device.now + 30 * MINUTE_MS)
    device.run(1_000)
    lift = device.command("lift", type="stop", prio=by, hush_until=device.now, refs=["stop"])
    send(device, lift, kid="alert" if by == 9 else "plan")
    device.power_cut(1_000)
    device.connect()
    send(device, stop)
    assert is_silent(device) is is_hushed


def test_a_lift_is_forgotten_once_its_stop_could_keep_no_hush() -> None:
    device = ready_device()
    send(device, device.command("lift", type="stop", prio=9, hush_until=device.now, refs=["stop"]))
    assert device.flash.load().get("lifted")
    device.run(LIFTED_MS + HOUSEKEEPING_MS)
    assert not device.flash.load().get("lifted")
