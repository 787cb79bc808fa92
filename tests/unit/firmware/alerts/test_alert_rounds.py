"""Rounds of an alert in a device's reports."""

from __future__ import annotations

from tests.unit.firmware.alert_messages import alert, send, stood, turns
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, ready_device


def test_a_device_that_comes_late_tells_which_round_it_begins_with() -> None:
    device = ready_device()
    send(device, alert(device, issued_at=NOON_MS - 12 * MINUTE_MS, rounds_ms=[5 * MINUTE_MS], every_ms=5 * MINUTE_MS))
    device.run(4 * MINUTE_MS)
    assert turns(device, "a") == [("started", 3, 1), ("done", 3, 1), ("started", 4, 2), ("done", 4, 2)]


def test_a_copy_of_the_command_is_answered_as_heard_while_a_later_round_sounds() -> None:
    device = ready_device()
    command = alert(device, every_ms=5 * MINUTE_MS)
    send(device, command)
    device.run(5 * MINUTE_MS + 1_000)
    send(device, command)
    assert stood(device, "a")[-1] == ("done", "DUPLICATE")


def test_a_stop_in_a_later_round_tells_which_one_it_cut() -> None:
    device = ready_device()
    command = alert(device, every_ms=5 * MINUTE_MS)
    send(device, command)
    device.run(5 * MINUTE_MS + 1_000)
    send(device, device.command("s", type="stop", prio=9))
    device.run(MINUTE_MS)
    assert turns(device, "a")[-1] == ("cut", 2, 2)
    send(device, command)
    assert stood(device, "a")[-1] == ("cut", "DUPLICATE")


def test_rounds_go_on_counting_through_a_power_cut() -> None:
    device = ready_device()
    send(device, alert(device, every_ms=5 * MINUTE_MS))
    device.run(5 * MINUTE_MS + 10_000)
    device.power_cut(1_000)
    device.connect()
    device.run(6 * MINUTE_MS)
    found = [(record.result, record.round, record.turn) for record in device.records()]
    assert found == [("done", 1, 1), ("cut", 2, 2), ("done", 3, 3)]
