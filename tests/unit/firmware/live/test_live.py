from __future__ import annotations

import hashlib
import itertools

import pytest

from devices.protocol import topics
from devices.protocol.live import LiveFrame
from devices.protocol.messages import Play, QuietHours, Standing
from tests.unit.firmware.address import FRAME_MS, Address, said
from tests.unit.firmware.alerting import alert
from tests.unit.firmware.pole import AREA, MINUTE_MS, Pole, ready_pole


def speaking(pole: Pole, frames: int = 5) -> Address:
    address = Address(pole)
    address.start()
    address.say(frames)
    return address


def test_frames_sound_one_after_the_other_each_at_its_own_instant() -> None:
    pole = ready_pole()
    speaking(pole)
    instants = [at for _, at in pole.card.said]
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]
    assert {after - before for before, after in itertools.pairwise(instants)} == {FRAME_MS}


def test_the_chime_sounds_after_the_amplifier_is_warm_and_only_for_who_was_there() -> None:
    pole = ready_pole()
    address = Address(pole)
    address.start(warm_ms=1000, chime_ms=1500)
    pole.run(10_000)
    address.stop()
    began = pole.heard[0][1]
    assert pole.sounds == [("chime", began + 1000, 1500)]


def test_the_delay_is_told_with_the_first_frame_and_at_each_renewal() -> None:
    pole = ready_pole()
    address = speaking(pole)
    told = [(ack.cid, ack.st, ack.delay_ms) for ack in pole.acks() if ack.delay_ms is not None]
    assert told == [("live-1", Standing.STARTED, FRAME_MS + 200)]
    address.renew()
    assert pole.last_ack("live-1").delay_ms == FRAME_MS + 200


def test_a_stop_by_the_owner_ends_it_and_the_record_proves_every_frame_that_sounded() -> None:
    pole = ready_pole()
    speaking(pole).stop()
    pole.run(3000)
    record = pole.records()[0]
    heard = b"".join(LiveFrame(0, 0, (f"f{seq}".encode(),)).sound for seq in range(5))
    assert (record.item, record.result, record.code) == ("live-1", "done", None)
    assert record.sha256 == hashlib.sha256(heard).hexdigest()
    assert pole.last_ack("live-1").st is Standing.DONE
    assert pole.last_ack("live-1-stop").st is Standing.DONE
    assert pole.card.sounding is None


# Frames that never sound.


def test_a_frame_before_its_start_never_sounds() -> None:
    pole = ready_pole()
    Address(pole).say(3)
    assert said(pole) == []


def test_a_frame_after_its_stop_never_sounds() -> None:
    pole = ready_pole()
    address = speaking(pole)
    address.stop()
    address.say(5)
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_of_another_key_never_sounds_and_is_told() -> None:
    pole = ready_pole()
    address = speaking(pole)
    thief = Address(pole, seed=66)
    pole.run(FRAME_MS)
    address.send(thief.frame(5))
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]
    assert [event.code for event in pole.events() if event.type == "security"] == ["BAD_SIGNATURE"]


def test_a_forged_frame_does_not_keep_the_watchdog_quiet() -> None:
    pole = ready_pole()
    speaking(pole)
    thief = Address(pole, seed=66)
    thief.seq = 5
    thief.say(40)
    assert pole.last_ack("live-1").code == "WATCHDOG"


@pytest.mark.parametrize("place", [0, 1, 17, 21, 29, 31, -1])
def test_a_frame_with_any_part_changed_never_sounds(place: int) -> None:
    pole = ready_pole()
    address = speaking(pole)
    pole.run(FRAME_MS)
    frame = bytearray(address.frame(5))
    frame[place] ^= 1
    address.send(bytes(frame))
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_of_another_session_never_sounds_even_by_the_same_key() -> None:
    pole = ready_pole()
    address = speaking(pole)
    other = Address(pole, "live-2")
    pole.run(FRAME_MS)
    address.send(other.frame(5))
    other.send(other.frame(5))
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_of_an_old_session_never_sounds_in_a_new_one() -> None:
    pole = ready_pole()
    old = speaking(pole)
    late = old.frame(9)
    old.stop()
    new = Address(pole, "live-2", seed=21)
    new.start()
    pole.run(FRAME_MS)
    old.send(late)
    new.send(late)
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]


def test_a_frame_that_was_heard_never_sounds_again() -> None:
    pole = ready_pole()
    address = Address(pole)
    address.start()
    frames = [address.frame(seq) for seq in range(3)]
    for frame in frames:
        pole.run(FRAME_MS)
        address.send(frame)
    for frame in frames:
        address.send(frame)
    assert said(pole) == ["f0", "f1", "f2"]


def test_frames_that_overtook_each_other_sound_in_their_order() -> None:
    pole = ready_pole()
    address = speaking(pole, 2)
    pole.run(FRAME_MS)
    address.send(address.frame(3))
    address.send(address.frame(2))
    assert said(pole) == ["f0", "f1", "f2", "f3"]


def test_a_lost_frame_leaves_its_place_empty_and_shifts_nothing() -> None:
    pole = ready_pole()
    address = Address(pole)
    address.start()
    address.say(6, lost=(2,))
    pole.run(FRAME_MS)
    assert said(pole) == ["f0", "f1", "f3", "f4", "f5"]
    at = dict(pole.card.said)
    assert at["f3"] - at["f1"] == 2 * FRAME_MS


def test_after_a_slower_network_the_newest_words_are_heard_and_not_a_growing_delay() -> None:
    pole = ready_pole()
    address = speaking(pole, 3)
    pole.run(700)
    address.say(6)
    instants = dict(pole.card.said)
    assert "f8" in instants
    assert instants["f8"] - pole.now <= 200


# Silence by itself.


def test_without_frames_it_falls_silent_within_the_watchdog() -> None:
    pole = ready_pole()
    speaking(pole)
    last = pole.now
    pole.run(10_000)
    name, at, _ = pole.ended[-1]
    assert (name, at - last) == ("live-1", 3000)
    assert pole.results() == [("live-1", "cut", "WATCHDOG")]


def test_who_prepared_and_never_spoke_holds_the_loudspeaker_for_the_wait_alone() -> None:
    pole = ready_pole()
    began = pole.now
    Address(pole).start(wait_ms=20_000)
    pole.run(60_000)
    assert pole.ended[-1][1] - began == 20_000


def test_without_a_renewal_it_falls_silent_after_90_s_and_with_one_it_goes_on() -> None:
    pole = ready_pole()
    address = speaking(pole)
    began = pole.now - 5 * FRAME_MS
    address.say(700)
    address.renew()
    renewed = pole.now
    address.say(1000)
    assert pole.ended[-1][1] - renewed == 90_000
    assert pole.ended[-1][1] - began > 90_000


def test_its_greatest_length_ends_it() -> None:
    pole = ready_pole()
    address = Address(pole)
    began = pole.now
    address.start(until=pole.now + 2000)
    address.say(40)
    assert pole.ended[-1][1] - began == 2000
    pole.run(3000)
    assert pole.results() == [("live-1", "cut", "TIME_LIMIT")]


def test_in_quiet_hours_it_is_refused_and_when_they_begin_it_is_cut() -> None:
    quiet = [QuietHours(start="12:01", until="13:00")]
    pole = ready_pole(quiet=quiet)
    address = speaking(pole)
    address.say(700)
    pole.run(3000)
    assert pole.results() == [("live-1", "cut", "QUIET_HOURS")]
    second = Address(pole, "live-2")
    second.start()
    assert pole.last_ack("live-2").code == "QUIET_HOURS"


def test_a_power_cut_is_told_and_a_renewal_brings_the_device_back_in() -> None:
    pole = ready_pole()
    address = speaking(pole)
    pole.power_cut(5000)
    pole.connect()
    address.say(3)
    assert said(pole) == ["f0", "f1", "f2", "f3", "f4"]
    address.renew()
    address.say(3)
    assert said(pole)[5:] == ["f8", "f9", "f10"]
    pole.run(3000)
    assert pole.results()[0] == ("live-1", "cut", "POWER_LOST")


# Priorities.


def test_it_cuts_what_is_planned_which_then_follows_its_own_rule() -> None:
    pole = ready_pole()
    pole.plan(pole.item("morning", pole.now + 1000, after="resume"))
    pole.run(10_000)
    address = speaking(pole, 30)
    address.stop()
    pole.run(2 * MINUTE_MS)
    assert [name for name, _ in pole.heard] == ["morning", "live-1", "morning"]
    assert pole.results() == [("live-1", "done", None), ("morning", "done", None)]


def test_what_is_planned_waits_while_somebody_speaks() -> None:
    pole = ready_pole()
    pole.plan(pole.item("noon", pole.now + 2000))
    speaking(pole, 100)
    assert [name for name, _ in pole.heard] == ["live-1"]


def test_an_alert_cuts_it_and_after_the_alert_it_goes_on() -> None:
    pole = ready_pole()
    address = speaking(pole)
    pole.order(alert(pole, tone_ms=3000, speech=[], times=1), "alert")
    address.say(60)
    names = [name for name, _ in pole.heard]
    assert (names[0], names[-1], len(names)) == ("live-1", "live-1", 3)
    assert said(pole)[:5] == ["f0", "f1", "f2", "f3", "f4"]
    assert said(pole)[-1] == "f64"
    assert "f10" not in said(pole)


def test_a_second_address_is_refused_while_one_is_on() -> None:
    pole = ready_pole()
    speaking(pole)
    Address(pole, "live-2", seed=21).start()
    assert pole.last_ack("live-2").code == "BUSY_HIGHER"


def test_a_lower_level_cannot_stop_it_and_a_higher_one_can() -> None:
    pole = ready_pole()
    speaking(pole)
    pole.order(pole.command("low", type="live_stop", prio=6, refs=["live-1"]))
    assert pole.last_ack("low").code == "BUSY_HIGHER"
    pole.order(pole.command("all", type="stop", prio=8))
    assert pole.last_ack("all").st is Standing.DONE
    assert pole.last_ack("live-1").code == "CANCELLED"


@pytest.mark.parametrize("how", ["stop", "key", "live_stop"])
def test_what_was_stopped_does_not_come_back_by_a_renewal(how: str) -> None:
    pole = ready_pole()
    address = speaking(pole)
    if how == "key":
        pole.press_stop()
    elif how == "stop":
        pole.order(pole.command("all", type="stop", prio=8))
    else:
        address.stop()
    address.renew()
    assert pole.last_ack("live-1-r1").code == "CANCELLED"
    assert pole.card.sounding is None


def test_who_is_not_meant_hears_nothing() -> None:
    pole = ready_pole()
    address = Address(pole)
    pole.desire(areas=["xa-2", "huyen-1"])
    address.start()
    address.say(3)
    assert said(pole) == []


def test_a_start_that_came_after_its_stop_is_refused() -> None:
    pole = ready_pole()
    address = Address(pole)
    address.stop()
    address.start()
    assert pole.last_ack("live-1").code == "CANCELLED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"codec": "speex"}, "UNSUPPORTED"), ({"until": 1}, "TIME_LIMIT")],
)
def test_what_cannot_be_heard_is_refused_with_its_code(changes: dict[str, object], code: str) -> None:
    pole = ready_pole()
    Address(pole).start(**changes)
    assert pole.last_ack("live-1").code == code


def test_a_test_play_is_refused_while_somebody_speaks() -> None:
    pole = ready_pole()
    speaking(pole)
    pole.order(pole.play("p", play=Play(), prio=4))
    assert pole.last_ack("p").code == "BUSY_HIGHER"


def test_a_device_listens_for_the_frames_of_its_whole_chain() -> None:
    pole = ready_pole()
    assert topics.area_live(AREA, "+") in pole.subscribed


def test_the_key_at_the_box_silences_nobody_where_nobody_speaks() -> None:
    pole = ready_pole()
    address = speaking(pole)
    address.stop()
    pole.press_stop()
    assert [event.detail for event in pole.events() if event.code == "LOCAL_STOP"] == [""]


def test_what_is_over_is_remembered_until_no_renewal_could_bring_it_back() -> None:
    pole = ready_pole()
    speaking(pole).stop()
    pole.run(10 * MINUTE_MS)
    assert "live-1" in pole.flash.load()["live_over"]
    pole.run(120 * MINUTE_MS)
    assert pole.flash.load().get("live_over", {}) == {}


def test_one_session_has_one_key() -> None:
    pole = ready_pole()
    speaking(pole)
    Address(pole, seed=66).renew()
    assert pole.last_ack("live-1-r1").code == "MALFORMED"
