"""Times and contents of a device's telemetry."""

from __future__ import annotations

from dataclasses import fields

from devices.protocol import codec, topics
from devices.protocol.messages import Play, Telemetry
from firmware_sim.core.events import Measured
from firmware_sim.core.health.measurements import Measurements
from firmware_sim.core.health.telemetry_reporter import CHANGES_APART_MS, WHILE_PLAYING_MS
from tests.unit.firmware import alerting
from tests.unit.firmware.address import Address
from tests.unit.firmware.pole import DEVICE, MINUTE_MS, Pole, ready_pole
from tests.unit.firmware.relaying import AT, RelayPole


def told(pole: Pole) -> list[Telemetry]:
    topic = topics.device_telemetry(DEVICE)
    return [codec.decode(Telemetry, sent.body) for sent in pole.published if sent.topic == topic]


def test_what_was_measured_is_told_under_the_same_names() -> None:
    pole = ready_pole()
    measured = Measurements(disk_pct=41, mains=True, vin=23.9, spk="ok", temp=38.5, hum=60, door=False, cert_days=900)
    pole.feed(Measured(measured))
    pole.run(61 * MINUTE_MS)
    last = told(pole)[-1]
    assert {each.name: getattr(last, each.name) for each in fields(Measurements)} == {
        each.name: getattr(measured, each.name) for each in fields(Measurements)
    }
    assert (last.st, last.cid, last.src, last.reconn_24h) == ("idle", None, "", 1)


def test_a_board_tells_nothing_of_an_amplifier() -> None:
    pole = Pole(is_board=True)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.feed(
        Measured(Measurements(mains=True, amp_on=True, amp_ma=60, line_ohm=98.0, ref_ohm=98.0, spk="ok", mic_db=-55.0))
    )
    pole.run(61 * MINUTE_MS)
    last = told(pole)[-1]
    assert (last.mains, last.amp_on, last.amp_ma, last.line_ohm, last.spk) == (True, None, None, None, "")
    assert (last.ref_ohm, last.mic_db, last.amp_temp, last.clip_pct, last.underruns) == (None,) * 5


def test_while_it_sounds_it_is_told_every_minute_and_says_what_and_how_far() -> None:
    pole = ready_pole()
    pole.order(pole.play("words", dur_ms=10 * MINUTE_MS, play=Play()))
    before = len(told(pole))
    pole.run(5 * MINUTE_MS)
    during = told(pole)[before:]
    assert len(during) == 5 * MINUTE_MS // WHILE_PLAYING_MS
    assert {(each.st, each.cid, each.src) for each in during} == {("playing", "words", "command")}
    positions = [each.pos_ms for each in during if each.pos_ms is not None]
    assert positions == sorted(positions)
    assert positions[-1] - positions[0] == 4 * WHILE_PLAYING_MS


def test_what_sounded_today_is_counted_and_begins_again_at_midnight() -> None:
    pole = ready_pole()
    pole.order(pole.play("words", dur_ms=2 * MINUTE_MS))
    pole.run(62 * MINUTE_MS)
    assert told(pole)[-1].played_s_day == 2 * 60
    pole.run(12 * 60 * MINUTE_MS)
    assert told(pole)[-1].played_s_day == 0


def test_what_sounds_while_the_network_is_away_is_counted_too() -> None:
    pole = ready_pole()
    pole.order(pole.play("words", dur_ms=2 * MINUTE_MS))
    pole.disconnect()
    before = len(told(pole))
    pole.run(5 * MINUTE_MS)
    assert len(told(pole)) == before
    pole.connect()
    assert told(pole)[-1].played_s_day == 2 * 60
    assert told(pole)[-1].reconn_24h == 2


def test_a_change_that_decides_whether_it_can_be_heard_is_told_at_once() -> None:
    pole = ready_pole()
    pole.feed(Measured(Measurements(mains=True, temp=30.0)))
    pole.run(MINUTE_MS)
    before = len(told(pole))
    pole.feed(Measured(Measurements(mains=True, temp=31.0)))
    assert len(told(pole)) == before
    pole.feed(Measured(Measurements(mains=False, temp=31.0)))
    assert [each.mains for each in told(pole)[before:]] == [False]


def test_a_board_is_told_no_change_of_an_amplifier_that_it_has_not() -> None:
    pole = Pole(is_board=True)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.run(MINUTE_MS)
    before = len(told(pole))
    for spk in ("ok", "open", "ok"):
        pole.feed(Measured(Measurements(spk=spk)))
        pole.run(MINUTE_MS)
    assert len(told(pole)) == before


def test_what_flickers_is_told_a_few_times_a_minute_and_its_last_state_always() -> None:
    pole = ready_pole()
    before = len(told(pole))
    for turn in range(120):
        pole.feed(Measured(Measurements(mains=turn % 2 == 0)))
        pole.run(100)
    pole.run(CHANGES_APART_MS)
    flicker = told(pole)[before:]
    assert 0 < len(flicker) <= 120 * 100 // CHANGES_APART_MS + 1
    assert flicker[-1].mains is False


def test_an_alert_a_live_address_and_a_relay_are_named_as_what_sounds() -> None:
    alarmed = ready_pole()
    alerting.send(alarmed, alerting.alert(alarmed, "a1"))
    alarmed.run(2_000)
    alarmed.disconnect()
    alarmed.connect()
    assert (told(alarmed)[-1].st, told(alarmed)[-1].cid, told(alarmed)[-1].src) == ("playing", "a1", "alert")
    addressed = ready_pole()
    address = Address(addressed)
    address.start()
    address.say(30)
    addressed.disconnect()
    addressed.connect()
    assert (told(addressed)[-1].cid, told(addressed)[-1].src) == (address.session, "live")
    relaying = RelayPole()
    relaying.power_on()
    relaying.connect()
    relaying.desire()
    relaying.plan(relaying.relay(length_ms=5 * MINUTE_MS))
    relaying.run_until(AT + 4_000)
    relaying.disconnect()
    relaying.connect()
    assert (told(relaying)[-1].cid, told(relaying)[-1].src) == ("r", "relay")


def test_a_self_test_is_told_when_the_box_is_still_again_and_kept_over_a_power_cut() -> None:
    pole = ready_pole()
    assert (told(pole)[-1].self_test, told(pole)[-1].self_test_at) == ("", None)
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(10_000)
    last = told(pole)[-1]
    assert (last.self_test, last.st) == ("ok", "idle")
    assert last.self_test_at == pole.flash.facts["selftest"]["at"]
    pole.power_cut()
    pole.connect()
    assert (told(pole)[-1].self_test, told(pole)[-1].self_test_at) == ("ok", last.self_test_at)


def test_the_tone_of_a_self_test_is_no_sound_that_nobody_ordered() -> None:
    pole = ready_pole()
    pole.order(pole.command("t", type="selftest", audible=True))
    pole.run(1_000)
    pole.disconnect()
    pole.connect()
    assert (told(pole)[-1].st, told(pole)[-1].cid, told(pole)[-1].src) == ("playing", "t", "command")


def test_a_start_that_was_asked_for_says_so_whatever_the_box_thinks() -> None:
    pole = ready_pole()
    pole.feed(Measured(Measurements(reset_reason="power")))
    assert told(pole)[-1].reset_reason in {"", "power"}
    pole.order(pole.command("r", type="reboot"))
    pole.power_cut(5_000)
    pole.feed(Measured(Measurements(reset_reason="power")))
    pole.connect()
    assert told(pole)[-1].reset_reason == "command"
    pole.power_cut(5_000)
    pole.feed(Measured(Measurements(reset_reason="power")))
    pole.connect()
    assert told(pole)[-1].reset_reason == "power"
