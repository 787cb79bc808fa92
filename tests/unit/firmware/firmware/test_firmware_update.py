"""Firmware update: a new image is fetched, tried, and kept or rolled back."""

from __future__ import annotations

import pytest

from devices.protocol.messages import Code, ExecutionState
from firmware_sim.core.events import Disconnected, Measured, Measurements
from firmware_sim.core.firmware.bootloader import Running
from firmware_sim.storage.firmware_image import Behaviour
from tests.unit.firmware import alert_messages
from tests.unit.firmware.device_harness import MINUTE_MS
from tests.unit.firmware.updatable_device import UpdatableDevice, begun

HOUR_MS = 60 * MINUTE_MS
WAY = [ExecutionState.STARTED, ExecutionState.DONE]
"""Reported standings: a further one replaces one that was queued a moment ago."""


def told(device: UpdatableDevice, cid: str) -> list[ExecutionState]:
    return [standing for standing, _ in device.standings(cid)]


def test_a_good_image_is_kept_and_says_so_itself() -> None:
    device = begun()
    image = device.offer(2)
    device.live_through(HOUR_MS)
    assert told(device, "fw-2") == WAY
    assert device.answers("fw-2")[-1].fw == "loa-sim-2"
    assert device.ran[-1] == Running("b", 2, "loa-sim-2", image.sha256, is_trial=True)
    assert (device.birth().model, device.birth().fw, device.birth().fwn) == ("sim-cluster", "loa-sim-2", 2)


def test_success_is_not_told_before_ten_minutes() -> None:
    device = begun()
    device.offer(2)
    device.live_through(10 * MINUTE_MS - 1000)
    assert told(device, "fw-2") == WAY[:1]
    device.live_through(MINUTE_MS)
    assert told(device, "fw-2") == WAY


def test_the_next_image_goes_into_the_first_slot() -> None:
    device = begun()
    device.offer(2)
    device.live_through(HOUR_MS)
    device.offer(3)
    device.live_through(HOUR_MS)
    assert told(device, "fw-3") == WAY
    assert (device.ran[-1].slot, device.ran[-1].number) == ("a", 3)


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour.CRASH, Code.BOOT_FAILED),
        (Behaviour.HANG, Code.BOOT_FAILED),
        (Behaviour.FAIL_SELFTEST, Code.AMP_FAULT),
        (Behaviour.LOSE_LINK, Code.NO_LINK),
    ],
)
def test_an_image_that_is_not_well_is_given_back_and_the_old_one_says_why(behaviour: Behaviour, code: Code) -> None:
    device = begun()
    device.offer(2, behaviour)
    device.live_through(3 * HOUR_MS)
    assert device.standings("fw-2")[-1] == (ExecutionState.FAILED, code)
    assert ExecutionState.DONE not in told(device, "fw-2")
    assert device.answers("fw-2")[-1].fw == "loa-sim-1"
    assert device.ran[-1] == Running()


def test_a_link_that_is_away_in_the_tenth_minute_is_waited_for() -> None:
    device = begun()
    device.offer(2)
    device.live_through(9 * MINUTE_MS)
    device.feed(Disconnected())
    device.live_through(5 * MINUTE_MS)
    assert told(device, "fw-2") == WAY[:1]
    device.connect()
    device.live_through(MINUTE_MS)
    assert told(device, "fw-2") == WAY


@pytest.mark.parametrize("kid", ["plan", "alert", "drill"])
def test_only_the_firmware_key_vouches_for_an_image(kid: str) -> None:
    device = begun()
    device.install(device.image(2), "fw-2", kid)
    assert device.standings("fw-2") == [(ExecutionState.REJECTED, Code.KEY_ROLE)]


def test_an_image_of_another_model_is_refused() -> None:
    device = begun()
    device.offer(2, model="other-box")
    assert device.standings("fw-2") == [(ExecutionState.REJECTED, Code.WRONG_MODEL)]


def test_the_number_rises_for_ever() -> None:
    device = begun()
    device.offer(5)
    device.live_through(HOUR_MS)
    device.offer(4)
    assert device.standings("fw-4") == [(ExecutionState.REJECTED, Code.STALE)]


def test_what_runs_already_is_done() -> None:
    device = begun()
    image = device.offer(2)
    device.live_through(HOUR_MS)
    device.install(image, "again")
    device.live_through(MINUTE_MS)
    assert told(device, "again") == [ExecutionState.DONE]


def test_nothing_is_installed_near_a_planned_item() -> None:
    device = begun()
    device.plan(device.item("soon", device.now + 14 * MINUTE_MS))
    device.offer(2)
    assert device.standings("fw-2") == [(ExecutionState.REJECTED, Code.NEAR_ITEM)]


def test_what_was_taken_waits_for_an_item_that_came_into_the_plan() -> None:
    device = begun(server_has_content=False)
    device.offer(2)
    device.server_has_content = True
    device.plan(device.item("soon", device.now + 14 * MINUTE_MS))
    device.power_cut()
    device.live_through(13 * MINUTE_MS)
    assert told(device, "fw-2")[-1] is ExecutionState.READY
    device.live_through(HOUR_MS)
    assert told(device, "fw-2")[-1] is ExecutionState.DONE


def test_nothing_is_installed_in_an_alert() -> None:
    device = begun()
    alert_messages.send(device, alert_messages.alert(device))
    device.offer(2)
    assert device.standings("fw-2") == [(ExecutionState.REJECTED, Code.IN_ALERT)]


def test_nothing_is_installed_on_a_weak_battery() -> None:
    device = begun()
    device.feed(Measured(Measurements(batt_pct=49)))
    device.offer(2)
    assert device.standings("fw-2") == [(ExecutionState.REJECTED, Code.WEAK_BATTERY)]


def test_one_image_at_a_time() -> None:
    device = begun(server_has_content=False)
    device.offer(2)
    device.offer(3)
    assert device.standings("fw-3") == [(ExecutionState.REJECTED, Code.INSTALLING)]


def test_while_one_is_on_trial_no_other_is_taken() -> None:
    device = begun()
    device.offer(2)
    device.live_through(5 * MINUTE_MS)
    device.offer(3)
    assert device.standings("fw-3") == [(ExecutionState.REJECTED, Code.INSTALLING)]


def test_the_same_image_asked_for_again_goes_on_under_the_new_name() -> None:
    device = begun(server_has_content=False)
    image = device.offer(2)
    device.install(image, "again")
    device.server_has_content = True
    device.power_cut()
    device.live_through(HOUR_MS)
    assert told(device, "again")[-2:] == WAY


def test_what_is_cancelled_in_time_is_not_tried() -> None:
    device = begun(server_has_content=False)
    device.offer(2)
    device.order(device.command("stop-it", type="cancel", prio=6, refs=["fw-2"]))
    device.server_has_content = True
    device.power_cut()
    device.live_through(HOUR_MS)
    assert told(device, "fw-2")[-1] is ExecutionState.CANCELLED
    assert device.ran[-1] == Running()


def test_what_could_not_be_fetched_in_time_is_not_tried() -> None:
    device = begun(server_has_content=False)
    device.install(device.image(2), "fw-2", lasts_ms=30 * MINUTE_MS)
    device.live_through(HOUR_MS)
    assert device.standings("fw-2")[-1] == (ExecutionState.FAILED, Code.EXPIRED)


def test_content_that_rots_before_it_is_written_is_no_image() -> None:
    device = begun(server_has_content=False)
    image = device.offer(2)
    device.lose(image.sha256)
    device.live_through(HOUR_MS)
    assert device.standings("fw-2")[-1] == (ExecutionState.FAILED, Code.NO_SPACE)
    assert device.ran[-1] == Running()


def test_a_kept_image_whose_slot_rots_is_told_as_failed() -> None:
    device = begun()
    device.offer(2)
    device.live_through(HOUR_MS)
    device.slots.held["b"] = b"rot"
    device.power_cut()
    device.live_through(MINUTE_MS)
    assert device.ran[-1] == Running()
    assert device.standings("fw-2")[-1] == (ExecutionState.FAILED, Code.BOOT_FAILED)


def test_every_connection_tells_again_where_it_stands() -> None:
    device = begun()
    device.offer(2)
    device.live_through(HOUR_MS)
    device.published.clear()
    device.disconnect()
    device.connect()
    device.live_through(MINUTE_MS)
    assert told(device, "fw-2") == [ExecutionState.DONE]
