"""Alerts across a power cut."""

from __future__ import annotations

import pytest

from devices.protocol import codec
from firmware_sim.core.effects import Save, StartTrack
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware.alerting import (
    TONE_MS,
    WORDS_MS,
    alert,
    later,
    send,
    stood,
    tones,
)
from tests.unit.firmware.pole import MINUTE_MS, NOON_MS, PowerCutError, ready_pole

WORDS = [("vi", WORDS_MS)] * 3


def test_a_first_round_that_a_power_cut_interrupted_sounds_once_more() -> None:
    pole = ready_pole()
    send(pole, alert(pole))
    pole.run(15_000)
    pole.power_cut(MINUTE_MS)
    pole.run(2 * MINUTE_MS)
    assert pole.heard == [("a", NOON_MS), ("a", NOON_MS + 15_000 + MINUTE_MS)]
    pole.connect()
    assert sorted(pole.results(), key=str) == [("a", "cut", "POWER_LOST"), ("a", "done", None)]
    assert stood(pole, "a")[-1] == ("done", None)


def test_a_round_that_the_power_cut_short_of_its_first_sample_is_no_round_to_tell_of() -> None:
    pole = ready_pole()
    pole.done.clear()
    pole.effects_until_power_cut = 2
    with pytest.raises(PowerCutError):
        send(pole, alert(pole))
    assert [type(effect) for effect in pole.done] == [Save, StartTrack]
    pole.power_cut(MINUTE_MS)
    pole.run(2 * MINUTE_MS)
    pole.connect()
    assert pole.results() == [("a", "done", None)]
    assert stood(pole, "a")[-1] == ("done", None)


def test_a_box_that_keeps_losing_power_does_not_drain_itself_by_its_siren() -> None:
    pole = ready_pole()
    send(pole, alert(pole))
    for _ in range(5):
        pole.run(15_000)
        pole.power_cut(1_000)
    assert len(pole.heard) == 2


def test_after_a_whole_round_a_power_cut_waits_for_the_next() -> None:
    pole = ready_pole()
    send(pole, alert(pole, rounds_ms=[5 * MINUTE_MS, 10 * MINUTE_MS], speech=[]))
    pole.run(MINUTE_MS)
    pole.power_cut(5 * MINUTE_MS)
    pole.run(20 * MINUTE_MS)
    assert [at for _, at in pole.heard] == [NOON_MS, later(10)]


def test_an_alert_that_expired_while_the_power_was_off_stays_silent_and_says_why() -> None:
    pole = ready_pole()
    send(pole, alert(pole, exp=later(5)))
    pole.run(15_000)
    pole.power_cut(30 * MINUTE_MS)
    pole.connect()
    pole.run(5 * MINUTE_MS)
    assert len(pole.heard) == 1
    assert stood(pole, "a")[-1] == ("cut", "POWER_LOST")


def test_what_another_firmware_left_on_flash_is_passed_over() -> None:
    pole = ready_pole()
    send(pole, alert(pole))
    pole.run(MINUTE_MS)
    state = pole.flash.facts["alarm"]["a"]
    for cid, text in (("x", "{}"), ("y", codec.encode(pole.command("y")).decode()), ("z", "")):
        pole.flash.save([JournalEntry("alert", cid, text), JournalEntry("alarm", cid, state)])
    pole.power_cut(1_000)
    pole.run(MINUTE_MS)
    assert len(pole.heard) == 1


def test_an_alert_is_known_without_the_server_after_a_restart() -> None:
    pole = ready_pole()
    send(pole, alert(pole, every_ms=30 * MINUTE_MS))
    pole.run(5 * MINUTE_MS)
    pole.server_has_content = False
    pole.power_cut()
    pole.run(30 * MINUTE_MS)
    assert [at for _, at in pole.heard] == [NOON_MS, later(30)]
    assert tones(pole)[4:] == [("siren-a", TONE_MS), *WORDS]
