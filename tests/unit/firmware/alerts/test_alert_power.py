"""Alerts across a power cut."""

from __future__ import annotations

import pytest

from devices.protocol import codec
from firmware_sim.core.effects import Save, StartTrack
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware.alert_messages import TONE_MS, WORDS_MS, alert, later, send, stood, tones
from tests.unit.firmware.device_harness import MINUTE_MS, NOON_MS, PowerCutError, ready_device

WORDS = [("vi", WORDS_MS)] * 3


def test_a_first_round_that_a_power_cut_interrupted_sounds_once_more() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(15_000)
    device.power_cut(MINUTE_MS)
    device.run(2 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS), ("a", NOON_MS + 15_000 + MINUTE_MS)]
    device.connect()
    assert sorted(device.results(), key=str) == [("a", "cut", "POWER_LOST"), ("a", "done", None)]
    assert stood(device, "a")[-1] == ("done", None)


def test_a_round_that_the_power_cut_short_of_its_first_sample_is_no_round_to_tell_of() -> None:
    device = ready_device()
    device.done.clear()
    device.effects_until_power_cut = 2
    with pytest.raises(PowerCutError):
        send(device, alert(device))
    assert [type(effect) for effect in device.done] == [Save, StartTrack]
    device.power_cut(MINUTE_MS)
    device.run(2 * MINUTE_MS)
    device.connect()
    assert device.results() == [("a", "done", None)]
    assert stood(device, "a")[-1] == ("done", None)


def test_a_box_that_keeps_losing_power_does_not_drain_itself_by_its_siren() -> None:
    device = ready_device()
    send(device, alert(device))
    for _ in range(5):
        device.run(15_000)
        device.power_cut(1_000)
    assert len(device.heard) == 2


def test_after_a_whole_round_a_power_cut_waits_for_the_next() -> None:
    device = ready_device()
    send(device, alert(device, rounds_ms=[5 * MINUTE_MS, 10 * MINUTE_MS], speech=[]))
    device.run(MINUTE_MS)
    device.power_cut(5 * MINUTE_MS)
    device.run(20 * MINUTE_MS)
    assert [at for _, at in device.heard] == [NOON_MS, later(10)]


def test_an_alert_that_expired_while_the_power_was_off_stays_silent_and_says_why() -> None:
    device = ready_device()
    send(device, alert(device, exp=later(5)))
    device.run(15_000)
    device.power_cut(30 * MINUTE_MS)
    device.connect()
    device.run(5 * MINUTE_MS)
    assert len(device.heard) == 1
    assert stood(device, "a")[-1] == ("cut", "POWER_LOST")


def test_what_another_firmware_left_on_flash_is_passed_over() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(MINUTE_MS)
    state = device.flash.facts["alarm"]["a"]
    for cid, text in (("x", "{}"), ("y", codec.encode(device.command("y")).decode()), ("z", "")):
        device.flash.save([JournalEntry("alert", cid, text), JournalEntry("alarm", cid, state)])
    device.power_cut(1_000)
    device.run(MINUTE_MS)
    assert len(device.heard) == 1


def test_an_alert_is_known_without_the_server_after_a_restart() -> None:
    device = ready_device()
    send(device, alert(device, every_ms=30 * MINUTE_MS))
    device.run(5 * MINUTE_MS)
    device.server_has_content = False
    device.power_cut()
    device.run(30 * MINUTE_MS)
    assert [at for _, at in device.heard] == [NOON_MS, later(30)]
    assert tones(device)[4:] == [("siren-a", TONE_MS), *WORDS]
