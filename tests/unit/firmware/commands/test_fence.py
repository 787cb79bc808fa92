"""Fence of the gateway: a command of one that was replaced is not obeyed, and no real alert is lost by that."""

from __future__ import annotations

import pytest

from devices.protocol import topics
from devices.protocol.messages import Beacon, Code, Command, DeviceEvent
from firmware_sim.core.alerts.held_alerts import HOLD_MS
from tests.unit.firmware import signing
from tests.unit.firmware.alert_messages import alert, cancel, send, stood
from tests.unit.firmware.device_harness import DeviceHarness, ready_device
from tests.unit.firmware.sync_requests import answer, asks

OLD, NEW = 1_000, 2_000


@pytest.fixture
def device() -> DeviceHarness:
    """Return a device that was told of the second gateway, and asked nothing for a while."""
    made = ready_device()
    answer(made, fence=OLD)
    made.run(10_000)
    tell(made, NEW)
    return made


def tell(device: DeviceHarness, fence: int) -> None:
    beacon = Beacon(v=1, now=device.now, keyset=1, fence=fence)
    device.deliver(topics.time_beacon(), signing.signed(beacon))


def of(device: DeviceHarness, command: Command, fence: int) -> Command:
    return device.changed(command, fence=fence)


def fenced(device: DeviceHarness) -> list[DeviceEvent]:
    return [event for event in device.events() if event.code == Code.FENCED]


def test_an_alert_of_a_replaced_gateway_waits_for_the_answer_and_is_not_answered(device: DeviceHarness) -> None:
    asked = len(asks(device))
    send(device, of(device, alert(device), OLD))
    device.run(1_000)
    assert (device.heard, stood(device, "a"), len(asks(device)), len(fenced(device))) == ([], [], asked + 1, 1)


def test_an_alert_that_the_present_gateway_does_not_send_again_never_sounds(device: DeviceHarness) -> None:
    send(device, of(device, alert(device), OLD))
    device.run(1_000)
    answer(device, fence=NEW)
    device.run(2 * HOLD_MS)
    assert device.heard == []


def test_the_same_alert_by_the_present_gateway_sounds_once(device: DeviceHarness) -> None:
    send(device, of(device, alert(device), OLD))
    device.run(1_000)
    send(device, of(device, alert(device), NEW))
    answer(device, fence=NEW)
    device.run(2 * HOLD_MS)
    assert [cid for cid, _ in device.heard] == ["a"]


def test_a_lost_answer_mutes_no_alert_of_a_replaced_gateway(device: DeviceHarness) -> None:
    send(device, of(device, alert(device), OLD))
    device.run(HOLD_MS + 100)
    assert [cid for cid, _ in device.heard] == ["a"]


def test_a_server_that_lost_its_fence_is_obeyed_after_one_round_trip(device: DeviceHarness) -> None:
    send(device, of(device, alert(device), OLD))
    answer(device, fence=OLD)
    device.run(100)
    assert [cid for cid, _ in device.heard] == ["a"]
    send(device, of(device, device.command("s", type="stop", prio=9), OLD))
    assert stood(device, "s")


def test_a_stop_of_a_replaced_gateway_silences_nothing_and_its_end_of_an_alert_does(device: DeviceHarness) -> None:
    send(device, of(device, alert(device), NEW))
    send(device, of(device, device.command("s", type="stop", prio=9), OLD))
    assert stood(device, "s") == []
    send(device, of(device, cancel(device, "a"), OLD))
    assert stood(device, "c") == [("done", None)]


def test_an_alert_without_a_fence_sounds(device: DeviceHarness) -> None:
    send(device, alert(device))
    assert [cid for cid, _ in device.heard] == ["a"]


def test_the_fence_survives_a_power_cut(device: DeviceHarness) -> None:
    device.power_cut(1_000)
    device.connect()
    send(device, of(device, alert(device), OLD))
    device.run(1_000)
    assert device.heard == []


def test_a_command_tells_of_its_fence_and_the_drill_key_does_not(device: DeviceHarness) -> None:
    send(device, of(device, alert(device, "d", drill=True), 9 * NEW))
    send(device, of(device, alert(device), NEW))
    assert [cid for cid, _ in device.heard][-1] == "a"
    send(device, of(device, cancel(device, "a"), 3 * NEW))
    send(device, of(device, alert(device, "b"), NEW))
    assert stood(device, "b") == []
