"""Old alert that waits for the server's answer, and never for long."""

from __future__ import annotations

import pytest

from devices.protocol.messages import Code, Command
from firmware_sim.core.alerts.held_alerts import HOLD_MS, OLD_AT_CONNECT_MS, OLD_MS, UNTIMELY_MAX
from tests.unit.firmware.alert_messages import alert, cancel, send, stood
from tests.unit.firmware.device_harness import MINUTE_MS, DeviceHarness, ready_device
from tests.unit.firmware.sync_requests import answer, asks


def synced_device() -> DeviceHarness:
    device = ready_device()
    answer(device)
    return device


def old(device: DeviceHarness, age_ms: int, cid: str = "a") -> Command:
    at = device.now - age_ms
    return device.changed(alert(device, cid, issued_at=at), iat=at, nbf=at)


def test_a_cancelled_alert_that_a_held_up_link_hands_over_does_not_blip() -> None:
    device = synced_device()
    send(device, old(device, 2 * MINUTE_MS))
    device.run(900)
    send(device, cancel(device, "a"))
    answer(device)
    device.run(MINUTE_MS)
    assert device.heard == []
    assert stood(device, "a")[-1] == ("rejected", "CANCELLED")


def test_after_a_reconnect_an_alert_waits_for_the_answer_and_sounds_with_it() -> None:
    device = synced_device()
    device.disconnect()
    device.connect()
    send(device, old(device, OLD_AT_CONNECT_MS + 1))
    device.run(150)
    assert device.heard == []
    answer(device)
    assert device.heard == [("a", device.now)]


@pytest.mark.parametrize("is_synced", [True, False])
def test_a_lost_answer_mutes_no_alert(*, is_synced: bool) -> None:
    device = synced_device() if is_synced else ready_device()
    began = device.now
    send(device, old(device, OLD_MS + 1))
    device.run(MINUTE_MS)
    assert device.heard == [("a", began + HOLD_MS)]


@pytest.mark.parametrize(("is_synced", "age_ms"), [(True, OLD_MS), (False, OLD_AT_CONNECT_MS)])
def test_a_fresh_alert_waits_for_nothing(*, is_synced: bool, age_ms: int) -> None:
    device = synced_device() if is_synced else ready_device()
    asked = len(asks(device))
    send(device, old(device, age_ms))
    assert device.heard == [("a", device.now)]
    assert len(asks(device)) == asked


def test_a_stop_ends_what_waits_and_was_issued_before_it() -> None:
    device = synced_device()
    send(device, old(device, 2 * MINUTE_MS))
    send(device, old(device, 2 * MINUTE_MS, "b"))
    send(device, device.command("s", type="stop", prio=9, refs=["a"]))
    send(device, device.changed(device.command("t", type="stop", prio=9), iat=device.now - 3 * MINUTE_MS))
    device.run(MINUTE_MS)
    assert [cid for cid, _ in device.heard] == ["b"]


def test_the_server_is_asked_once_for_many_that_wait() -> None:
    device = synced_device()
    asked = len(asks(device))
    for number in range(4):
        send(device, old(device, 2 * MINUTE_MS, f"n{number}"))
    assert len(asks(device)) == asked + 1


def test_a_clock_that_is_turned_back_makes_nothing_wait_longer() -> None:
    device = synced_device()
    send(device, old(device, 2 * MINUTE_MS))
    device.now -= MINUTE_MS
    device.desire()
    assert [cid for cid, _ in device.heard] == ["a"]


def test_a_flood_of_expired_alerts_is_remembered_up_to_a_few() -> None:
    device = synced_device()
    server_ms = device.now - 90 * MINUTE_MS
    for number in range(UNTIMELY_MAX + 1):
        at = server_ms
        command = alert(device, f"n{number}", issued_at=at, exp=at + 30 * MINUTE_MS)
        send(device, device.changed(command, iat=at, nbf=at))
    answer(device, server_ms)
    device.run(1_000)
    assert stood(device, "n0") == [("expired", Code.EXPIRED)]
    assert device.obeyed == UNTIMELY_MAX


def test_what_was_untimely_long_ago_is_not_judged_again() -> None:
    device = synced_device()
    at = device.now - 90 * MINUTE_MS
    send(device, device.changed(alert(device, issued_at=at, exp=at + 30 * MINUTE_MS), iat=at, nbf=at))
    asked = asks(device)[-1].nonce
    device.run(MINUTE_MS)
    answer(device, device.now - 90 * MINUTE_MS, asked)
    assert device.heard == []
