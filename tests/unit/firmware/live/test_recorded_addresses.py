"""Recorded live addresses as plays on the device, and devices that have no loudspeaker for them."""

from __future__ import annotations

import pytest

from devices.protocol.messages import ExecutionState, Live, Play, VolumeHours
from tests.unit.firmware.address import session_key
from tests.unit.firmware.alert_messages import alert, send
from tests.unit.firmware.device_harness import MINUTE_MS, DeviceHarness, ready_device


def refusal(device: DeviceHarness, cid: str) -> tuple[ExecutionState, str | None]:
    ack = device.last_ack(cid)
    return ack.st, ack.code


@pytest.mark.parametrize(("asked", "heard"), [(100, 40), (30, 30)])
def test_a_play_is_no_louder_than_the_place_allows(asked: int, heard: int) -> None:
    device = ready_device()
    device.desire(volumes=[VolumeHours(start="00:00", until="23:59", volume_pct=40)])
    device.order(device.play("p", play=Play(volume_pct=asked)))
    device.run(2 * MINUTE_MS)
    assert [record.volume_pct for record in device.records()] == [heard]


@pytest.mark.parametrize("kind", ["play", "live_start", "live_renew"])
def test_without_a_loudspeaker_nothing_is_sounded_that_is_no_alert(kind: str) -> None:
    device = ready_device(has_loudspeaker=False)
    if kind == "play":
        device.order(device.play("p"))
    else:
        live = Live(session="p", key=session_key(1).x, until=device.now + MINUTE_MS)
        device.order(device.command("p", type=kind, live=live, prio=7))
    device.run(2 * MINUTE_MS)
    assert device.heard == []
    assert refusal(device, "p") == (ExecutionState.REJECTED, "UNSUPPORTED")


def test_what_was_recorded_for_a_live_address_goes_on_after_an_alert_and_is_heard_once() -> None:
    device = ready_device()
    spoken = device.play("live-1", prio=7, play=Play(start_at=device.now + 5_000, volume_pct=100, after="resume"))
    device.order(spoken)
    device.order(spoken)
    device.run(20_000)
    send(device, alert(device, "a"))
    device.order(spoken)
    device.run(3 * MINUTE_MS)
    heard = [item for item, _ in device.heard if item == "live-1"]
    assert len(heard) == 2
    record = next(each for each in device.records() if each.item == "live-1")
    assert (record.result, record.sha256) == ("done", spoken.content.sha256)  # type: ignore[union-attr]
    assert device.last_ack("live-1").st is ExecutionState.DONE


def test_who_sounds_an_alert_takes_what_was_recorded_when_it_is_told_again() -> None:
    device = ready_device()
    send(device, alert(device, "a"))
    device.run(1_000)
    spoken = device.play("live-1", prio=7, play=Play(start_at=device.now + 5_000, after="resume"))
    device.order(spoken)
    assert refusal(device, "live-1") == (ExecutionState.REJECTED, "BUSY_HIGHER")
    device.run(2 * MINUTE_MS)
    device.order(spoken)
    device.run(2 * MINUTE_MS)
    assert device.last_ack("live-1").st is ExecutionState.DONE


def test_a_cancel_by_the_one_who_released_it_ends_it_at_once() -> None:
    device = ready_device()
    device.order(device.play("live-1", prio=7, play=Play(after="resume")))
    device.run(10_000)
    device.order(device.command("live-1-stop", type="cancel", prio=7, refs=["live-1"]))
    device.run(1_000)
    assert device.card.sounding is None
    assert device.last_ack("live-1").st is ExecutionState.CUT
