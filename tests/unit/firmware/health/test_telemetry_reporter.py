"""Times and contents of a device's telemetry."""

from __future__ import annotations

from dataclasses import fields

from devices.protocol import codec, topics
from devices.protocol.messages import Play, Telemetry
from firmware_sim.core.events import Measured, Measurements
from firmware_sim.core.health.telemetry_reporter import CHANGES_APART_MS, WHILE_PLAYING_MS
from tests.unit.firmware import alert_messages
from tests.unit.firmware.address import Address
from tests.unit.firmware.device_harness import DEVICE, MINUTE_MS, DeviceHarness, ready_device
from tests.unit.firmware.relay_harness import AT, RelayHarness


def told(device: DeviceHarness) -> list[Telemetry]:
    topic = topics.device_telemetry(DEVICE)
    return [codec.decode(Telemetry, sent.body) for sent in device.published if sent.topic == topic]


def test_what_was_measured_is_told_under_the_same_names() -> None:
    device = ready_device()
    measured = Measurements(disk_pct=41, mains=True, vin=23.9, spk="ok", temp=38.5, hum=60, door=False, cert_days=900)
    device.feed(Measured(measured))
    device.run(61 * MINUTE_MS)
    last = told(device)[-1]
    assert {each.name: getattr(last, each.name) for each in fields(Measurements)} == {
        each.name: getattr(measured, each.name) for each in fields(Measurements)
    }
    assert (last.st, last.cid, last.src, last.reconn_24h) == ("idle", None, "", 1)


def test_a_board_tells_nothing_of_an_amplifier() -> None:
    device = DeviceHarness(is_board=True)
    device.power_on()
    device.connect()
    device.desire()
    device.feed(
        Measured(Measurements(mains=True, amp_on=True, amp_ma=60, line_ohm=98.0, ref_ohm=98.0, spk="ok", mic_db=-55.0))
    )
    device.run(61 * MINUTE_MS)
    last = told(device)[-1]
    assert (last.mains, last.amp_on, last.amp_ma, last.line_ohm, last.spk) == (True, None, None, None, "")
    assert (last.ref_ohm, last.mic_db, last.amp_temp, last.clip_pct, last.underruns) == (None,) * 5


def test_while_it_sounds_it_is_told_every_minute_and_says_what_and_how_far() -> None:
    device = ready_device()
    device.order(device.play("words", dur_ms=10 * MINUTE_MS, play=Play()))
    before = len(told(device))
    device.run(5 * MINUTE_MS)
    during = told(device)[before:]
    assert len(during) == 5 * MINUTE_MS // WHILE_PLAYING_MS
    assert {(each.st, each.cid, each.src) for each in during} == {("playing", "words", "command")}
    positions = [each.pos_ms for each in during if each.pos_ms is not None]
    assert positions == sorted(positions)
    assert positions[-1] - positions[0] == 4 * WHILE_PLAYING_MS


def test_what_sounded_today_is_counted_and_begins_again_at_midnight() -> None:
    device = ready_device()
    device.order(device.play("words", dur_ms=2 * MINUTE_MS))
    device.run(62 * MINUTE_MS)
    assert told(device)[-1].played_s_day == 2 * 60
    device.run(12 * 60 * MINUTE_MS)
    assert told(device)[-1].played_s_day == 0


def test_what_sounds_while_the_network_is_away_is_counted_too() -> None:
    device = ready_device()
    device.order(device.play("words", dur_ms=2 * MINUTE_MS))
    device.disconnect()
    before = len(told(device))
    device.run(5 * MINUTE_MS)
    assert len(told(device)) == before
    device.connect()
    assert told(device)[-1].played_s_day == 2 * 60
    assert told(device)[-1].reconn_24h == 2


def test_a_change_that_decides_whether_it_can_be_heard_is_told_at_once() -> None:
    device = ready_device()
    device.feed(Measured(Measurements(mains=True, temp=30.0)))
    device.run(MINUTE_MS)
    before = len(told(device))
    device.feed(Measured(Measurements(mains=True, temp=31.0)))
    assert len(told(device)) == before
    device.feed(Measured(Measurements(mains=False, temp=31.0)))
    assert [each.mains for each in told(device)[before:]] == [False]


def test_a_board_is_told_no_change_of_an_amplifier_that_it_has_not() -> None:
    device = DeviceHarness(is_board=True)
    device.power_on()
    device.connect()
    device.desire()
    device.run(MINUTE_MS)
    before = len(told(device))
    for spk in ("ok", "open", "ok"):
        device.feed(Measured(Measurements(spk=spk)))
        device.run(MINUTE_MS)
    assert len(told(device)) == before


def test_what_flickers_is_told_a_few_times_a_minute_and_its_last_state_always() -> None:
    device = ready_device()
    before = len(told(device))
    for turn in range(120):
        device.feed(Measured(Measurements(mains=turn % 2 == 0)))
        device.run(100)
    device.run(CHANGES_APART_MS)
    flicker = told(device)[before:]
    assert 0 < len(flicker) <= 120 * 100 // CHANGES_APART_MS + 1
    assert flicker[-1].mains is False


def test_an_alert_a_live_address_and_a_relay_are_named_as_what_sounds() -> None:
    alarmed = ready_device()
    alert_messages.send(alarmed, alert_messages.alert(alarmed, "a1"))
    alarmed.run(2_000)
    alarmed.disconnect()
    alarmed.connect()
    assert (told(alarmed)[-1].st, told(alarmed)[-1].cid, told(alarmed)[-1].src) == ("playing", "a1", "alert")
    addressed = ready_device()
    address = Address(addressed)
    address.start()
    address.say(30)
    addressed.disconnect()
    addressed.connect()
    assert (told(addressed)[-1].cid, told(addressed)[-1].src) == (address.session, "live")
    relaying = RelayHarness()
    relaying.power_on()
    relaying.connect()
    relaying.desire()
    relaying.plan(relaying.relay(length_ms=5 * MINUTE_MS))
    relaying.run_until(AT + 4_000)
    relaying.disconnect()
    relaying.connect()
    assert (told(relaying)[-1].cid, told(relaying)[-1].src) == ("r", "relay")


def test_a_self_test_is_told_when_the_box_is_still_again_and_kept_over_a_power_cut() -> None:
    device = ready_device()
    assert (told(device)[-1].self_test, told(device)[-1].self_test_at) == ("", None)
    device.order(device.command("t", type="selftest", audible=True))
    device.run(10_000)
    last = told(device)[-1]
    assert (last.self_test, last.st) == ("ok", "idle")
    assert last.self_test_at == device.flash.facts["selftest"]["at"]
    device.power_cut()
    device.connect()
    assert (told(device)[-1].self_test, told(device)[-1].self_test_at) == ("ok", last.self_test_at)


def test_the_tone_of_a_self_test_is_no_sound_that_nobody_ordered() -> None:
    device = ready_device()
    device.order(device.command("t", type="selftest", audible=True))
    device.run(1_000)
    device.disconnect()
    device.connect()
    assert (told(device)[-1].st, told(device)[-1].cid, told(device)[-1].src) == ("playing", "t", "command")


def test_a_start_that_was_asked_for_says_so_whatever_the_box_thinks() -> None:
    device = ready_device()
    device.feed(Measured(Measurements(reset_reason="power")))
    assert told(device)[-1].reset_reason in {"", "power"}
    device.order(device.command("r", type="reboot"))
    device.power_cut(5_000)
    device.feed(Measured(Measurements(reset_reason="power")))
    device.connect()
    assert told(device)[-1].reset_reason == "command"
    device.power_cut(5_000)
    device.feed(Measured(Measurements(reset_reason="power")))
    device.connect()
    assert told(device)[-1].reset_reason == "power"
