from __future__ import annotations

import hashlib
import itertools

import pytest

from devices.protocol import topics
from devices.protocol.live import LiveFrame
from devices.protocol.messages import ExecutionState, Play, QuietHours
from tests.unit.firmware.address import FRAME_MS, Address, said
from tests.unit.firmware.alert_messages import alert
from tests.unit.firmware.device_harness import AREA, MINUTE_MS, DeviceHarness, ready_device


def speaking(device: DeviceHarness, frames: int = 5) -> Address:
    address = Address(device)
    address.start()
    address.say(frames)
    return address


def test_frames_sound_one_after_the_other_each_at_its_own_instant() -> None:
    device = ready_device()
    speaking(device)
    instants = [at for _, at in device.card.said]
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]
    assert {after - before for before, after in itertools.pairwise(instants)} == {FRAME_MS}


def test_the_chime_sounds_after_the_amplifier_is_warm_and_only_for_who_was_there() -> None:
    device = ready_device()
    address = Address(device)
    address.start(warm_ms=1000, chime_ms=1500)
    device.run(10_000)
    address.stop()
    began = device.heard[0][1]
    assert device.sounds == [("chime", began + 1000, 1500)]


def test_the_delay_is_told_with_the_first_frame_and_at_each_renewal() -> None:
    device = ready_device()
    address = speaking(device)
    found = [(ack.cid, ack.st, ack.delay_ms) for ack in device.acks() if ack.delay_ms is not None]
    assert found == [("live-1", ExecutionState.STARTED, FRAME_MS + 200)]
    address.renew()
    assert device.last_ack("live-1").delay_ms == FRAME_MS + 200


def test_a_stop_by_the_owner_ends_it_and_the_record_proves_every_frame_that_sounded() -> None:
    device = ready_device()
    speaking(device).stop()
    device.run(3000)
    record = device.records()[0]
    heard = b"".join(LiveFrame(0, 0, (f"f{seq}".encode(),)).sound for seq in range(5))
    assert (record.item, record.result, record.code) == ("live-1", "done", None)
    assert record.sha256 == hashlib.sha256(heard).hexdigest()
    assert device.last_ack("live-1").st is ExecutionState.DONE
    assert device.last_ack("live-1-stop").st is ExecutionState.DONE
    assert device.card.sounding is None


# Frames that never sound.


def test_a_frame_before_its_start_never_sounds() -> None:
    device = ready_device()
    Address(device).say(3)
    assert said(device) == []


def test_a_frame_after_its_stop_never_sounds() -> None:
    device = ready_device()
    address = speaking(device)
    address.stop()
    address.say(5)
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_of_another_key_never_sounds_and_is_told() -> None:
    device = ready_device()
    address = speaking(device)
    thief = Address(device, seed=66)
    device.run(FRAME_MS)
    address.send(thief.frame(5))
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]
    assert [event.code for event in device.events() if event.type == "security"] == ["BAD_SIGNATURE"]


def test_a_forged_frame_does_not_keep_the_watchdog_quiet() -> None:
    device = ready_device()
    speaking(device)
    thief = Address(device, seed=66)
    thief.seq = 5
    thief.say(40)
    assert device.last_ack("live-1").code == "WATCHDOG"


@pytest.mark.parametrize("place", [0, 1, 17, 21, 29, 31, -1])
def test_a_frame_with_any_part_changed_never_sounds(place: int) -> None:
    device = ready_device()
    address = speaking(device)
    device.run(FRAME_MS)
    frame = bytearray(address.frame(5))
    frame[place] ^= 1
    address.send(bytes(frame))
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_of_another_session_never_sounds_even_by_the_same_key() -> None:
    device = ready_device()
    address = speaking(device)
    other = Address(device, "live-2")
    device.run(FRAME_MS)
    address.send(other.frame(5))
    other.send(other.frame(5))
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_of_an_old_session_never_sounds_in_a_new_one() -> None:
    device = ready_device()
    old = speaking(device)
    late = old.frame(9)
    old.stop()
    new = Address(device, "live-2", seed=21)
    new.start()
    device.run(FRAME_MS)
    old.send(late)
    new.send(late)
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_that_was_heard_never_sounds_again() -> None:
    device = ready_device()
    address = Address(device)
    address.start()
    frames = [address.frame(seq) for seq in range(3)]
    for frame in frames:
        device.run(FRAME_MS)
        address.send(frame)
    for frame in frames:
        address.send(frame)
    assert said(device) == ["f0", "f1", "f2"]


def test_frames_that_overtook_each_other_sound_in_their_order() -> None:
    device = ready_device()
    address = speaking(device, 2)
    device.run(FRAME_MS)
    address.send(address.frame(3))
    address.send(address.frame(2))
    assert said(device) == ["f0", "f1", "f2", "f3"]


def test_a_lost_frame_leaves_its_place_empty_and_shifts_nothing() -> None:
    device = ready_device()
    address = Address(device)
    address.start()
    address.say(6, lost=(2,))
    device.run(FRAME_MS)
    assert said(device) == ["f0", "f1", "f3", "f4", "f5"]
    at = dict(device.card.said)
    assert at["f3"] - at["f1"] == 2 * FRAME_MS


def test_after_a_slower_network_the_newest_words_are_heard_and_not_a_growing_delay() -> None:
    device = ready_device()
    address = speaking(device, 3)
    device.run(700)
    address.say(6)
    instants = dict(device.card.said)
    assert "f8" in instants
    assert instants["f8"] - device.now <= 200


# Silence by itself.


def test_without_frames_it_falls_silent_within_the_watchdog() -> None:
    device = ready_device()
    speaking(device)
    last = device.now
    device.run(10_000)
    name, at, _ = device.ended[-1]
    assert (name, at - last) == ("live-1", 3000)
    assert device.results() == [("live-1", "cut", "WATCHDOG")]


def test_who_prepared_and_never_spoke_holds_the_loudspeaker_for_the_wait_alone() -> None:
    device = ready_device()
    began = device.now
    Address(device).start(wait_ms=20_000)
    device.run(60_000)
    assert device.ended[-1][1] - began == 20_000


def test_without_a_renewal_it_falls_silent_after_90_s_and_with_one_it_goes_on() -> None:
    device = ready_device()
    address = speaking(device)
    began = device.now - 5 * FRAME_MS
    address.say(700)
    address.renew()
    renewed = device.now
    address.say(1000)
    assert device.ended[-1][1] - renewed == 90_000
    assert device.ended[-1][1] - began > 90_000


def test_its_greatest_length_ends_it() -> None:
    device = ready_device()
    address = Address(device)
    began = device.now
    address.start(until=device.now + 2000)
    address.say(40)
    assert device.ended[-1][1] - began == 2000
    device.run(3000)
    assert device.results() == [("live-1", "cut", "TIME_LIMIT")]


def test_in_quiet_hours_it_is_refused_and_when_they_begin_it_is_cut() -> None:
    quiet = [QuietHours(start="12:01", until="13:00")]
    device = ready_device(quiet=quiet)
    address = speaking(device)
    address.say(700)
    device.run(3000)
    assert device.results() == [("live-1", "cut", "QUIET_HOURS")]
    second = Address(device, "live-2")
    second.start()
    assert device.last_ack("live-2").code == "QUIET_HOURS"


def test_a_power_cut_is_told_and_a_renewal_brings_the_device_back_in() -> None:
    device = ready_device()
    address = speaking(device)
    device.power_cut(5000)
    device.connect()
    address.say(3)
    assert said(device) == ["f0", "f1", "f2", "f3", "f4"]
    address.renew()
    address.say(3)
    assert said(device)[5:] == ["f8", "f9", "f10"]
    device.run(3000)
    assert device.results()[0] == ("live-1", "cut", "POWER_LOST")


# Priorities.


def test_it_cuts_what_is_planned_which_then_follows_its_own_rule() -> None:
    device = ready_device()
    device.plan(device.item("morning", device.now + 1000, after="resume"))
    device.run(10_000)
    address = speaking(device, 30)
    address.stop()
    device.run(2 * MINUTE_MS)
    assert [name for name, _ in device.heard] == ["morning", "live-1", "morning"]
    assert device.results() == [("live-1", "done", None), ("morning", "done", None)]


def test_what_is_planned_waits_while_somebody_speaks() -> None:
    device = ready_device()
    device.plan(device.item("noon", device.now + 2000))
    speaking(device, 100)
    assert [name for name, _ in device.heard] == ["live-1"]


def test_an_alert_cuts_it_and_after_the_alert_it_goes_on() -> None:
    device = ready_device()
    address = speaking(device)
    device.order(alert(device, tone_ms=3000, speech=[], times=1), "alert")
    address.say(60)
    names = [name for name, _ in device.heard]
    assert (names[0], names[-1], len(names)) == ("live-1", "live-1", 3)
    assert said(device)[:5] == ["f0", "f1", "f2", "f3", "f4"]
    assert said(device)[-1] == "f64"
    assert "f10" not in said(device)


def test_a_second_address_is_refused_while_one_is_on() -> None:
    device = ready_device()
    speaking(device)
    Address(device, "live-2", seed=21).start()
    assert device.last_ack("live-2").code == "BUSY_HIGHER"


def test_a_lower_level_cannot_stop_it_and_a_higher_one_can() -> None:
    device = ready_device()
    speaking(device)
    device.order(device.command("low", type="live_stop", prio=6, refs=["live-1"]))
    assert device.last_ack("low").code == "BUSY_HIGHER"
    device.order(device.command("all", type="stop", prio=8))
    assert device.last_ack("all").st is ExecutionState.DONE
    assert device.last_ack("live-1").code == "CANCELLED"


@pytest.mark.parametrize("how", ["stop", "key", "live_stop"])
def test_what_was_stopped_does_not_come_back_by_a_renewal(how: str) -> None:
    device = ready_device()
    address = speaking(device)
    if how == "key":
        device.press_stop()
    elif how == "stop":
        device.order(device.command("all", type="stop", prio=8))
    else:
        address.stop()
    address.renew()
    assert device.last_ack("live-1-r1").code == "CANCELLED"
    assert device.card.sounding is None


def test_who_is_not_meant_hears_nothing() -> None:
    device = ready_device()
    address = Address(device)
    device.desire(areas=["xa-2", "huyen-1"])
    address.start()
    address.say(3)
    assert said(device) == []


def test_a_start_that_came_after_its_stop_is_refused() -> None:
    device = ready_device()
    address = Address(device)
    address.stop()
    address.start()
    assert device.last_ack("live-1").code == "CANCELLED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"codec": "speex"}, "UNSUPPORTED"), ({"until": 1}, "TIME_LIMIT")],
)
def test_what_cannot_be_heard_is_refused_with_its_code(changes: dict[str, object], code: str) -> None:
    device = ready_device()
    Address(device).start(**changes)
    assert device.last_ack("live-1").code == code


def test_a_test_play_is_refused_while_somebody_speaks() -> None:
    device = ready_device()
    speaking(device)
    device.order(device.play("p", play=Play(), prio=4))
    assert device.last_ack("p").code == "BUSY_HIGHER"


def test_a_device_listens_for_the_frames_of_its_whole_chain() -> None:
    device = ready_device()
    assert topics.area_live(AREA, "+") in device.subscribed


def test_the_key_at_the_box_silences_nobody_where_nobody_speaks() -> None:
    device = ready_device()
    address = speaking(device)
    address.stop()
    device.press_stop()
    assert [event.detail for event in device.events() if event.code == "LOCAL_STOP"] == [""]


def test_what_is_over_is_remembered_until_no_renewal_could_bring_it_back() -> None:
    device = ready_device()
    speaking(device).stop()
    device.run(10 * MINUTE_MS)
    assert "live-1" in device.flash.load()["live_over"]
    device.run(120 * MINUTE_MS)
    assert device.flash.load().get("live_over", {}) == {}


def test_one_session_has_one_key() -> None:
    device = ready_device()
    speaking(device)
    Address(device, seed=66).renew()
    assert device.last_ack("live-1-r1").code == "MALFORMED"
