"""Changes of a device's clock: not by a queued message, a recording, a stranger or one wrong minute."""

from __future__ import annotations

import msgspec
import pytest

from devices.protocol import topics
from devices.protocol.messages import Code, Target
from firmware_sim.core.clock.clock import ASK_EVERY_MS, PROVEN_MS, ROUND_TRIP_MAX_MS, STEP_SPAN_MS, Clock
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware import signing
from tests.unit.firmware.alert_messages import alert, send, stood
from tests.unit.firmware.device_harness import DEVICE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device
from tests.unit.firmware.sync_requests import answer, asks, round_trip

HOUR_MS, DAY_MS = 60 * MINUTE_MS, 1_440 * MINUTE_MS
STALE_MS = 684_268
"""Age of a beacon that was seen to come out of a half-open link."""


def counter(device: DeviceHarness, name: str) -> object:
    return device.flash.facts.get("counter", {}).get(name, 0)


def wrong_trips(device: DeviceHarness, off_ms: int, count: int, apart_ms: int = STEP_SPAN_MS * 3 // 5) -> None:
    """Make so many round trips with a server that is wrong, after one when it was right."""
    answer(device)
    for _ in range(count):
        round_trip(device, off_ms)
        device.run(apart_ms)


def test_a_beacon_that_waited_in_a_queue_turns_no_clock_back() -> None:
    device = ready_device()
    for late in range(12):
        device.beacon(device.now - STALE_MS + late * MINUTE_MS)
    send(device, alert(device))
    assert device.heard == [("a", NOON_MS)]
    assert device.acks()[-1].ts == NOON_MS
    assert [event.code for event in device.events()] == []


def test_a_wrong_server_moves_no_clock_and_no_floor_within_ten_minutes() -> None:
    device = ready_device()
    device.beacon(device.now)
    floor = counter(device, "time_floor")
    wrong_trips(device, 400 * DAY_MS, 2, ASK_EVERY_MS)
    assert (counter(device, "clock_off_ms"), counter(device, "time_floor")) == (0, floor)


def test_round_trips_that_disagree_with_each_other_step_no_clock() -> None:
    device = ready_device()
    for number in range(8):
        wrong_trips(device, HOUR_MS + number * MINUTE_MS, 1)
    assert counter(device, "clock_off_ms") == 0


def test_many_round_trips_in_a_moment_step_no_clock() -> None:
    device = ready_device()
    for _ in range(10):
        device.order(device.command(type="resync"))
        answer(device, device.now + HOUR_MS)
    assert counter(device, "clock_off_ms") == 0


def test_a_deviation_is_proved_again_only_after_a_while() -> None:
    device = ready_device()
    answer(device)
    asked = len(asks(device))
    round_trip(device, HOUR_MS)
    for _ in range(4):
        device.beacon(device.now + HOUR_MS)
        device.run(MINUTE_MS)
    assert len(asks(device)) == asked + 1


def test_a_known_clock_follows_ten_minutes_of_round_trips_and_comes_back_at_once() -> None:
    device = ready_device()
    wrong_trips(device, HOUR_MS, 3)
    assert counter(device, "clock_off_ms") == pytest.approx(-HOUR_MS, abs=1_000)
    assert int(str(counter(device, "time_floor"))) > device.now
    round_trip(device, 0)
    assert counter(device, "clock_off_ms") == 0
    assert int(str(counter(device, "time_floor"))) <= device.now


def test_a_floor_of_the_next_year_that_an_older_image_left_heals() -> None:
    device = DeviceHarness()
    device.flash.save([JournalEntry("counter", "time_floor", NOON_MS + 400 * DAY_MS)])
    device.power_on()
    device.connect()
    device.desire()
    answer(device)
    send(device, alert(device))
    assert device.heard == [("a", NOON_MS)]
    assert counter(device, "time_floor") == NOON_MS
    device.run(MINUTE_MS)
    device.power_cut(MINUTE_MS)
    device.connect()
    send(device, alert(device, "b"))
    assert device.heard[1:] == [("b", device.now)]


def test_a_battery_clock_that_lost_its_battery_is_not_known_until_it_is_proved() -> None:
    device = ready_device()
    device.beacon(device.now)
    device.now = 1_000
    device.power_cut()
    device.connect()
    at = NOON_MS + HOUR_MS
    answer(device, at)
    assert counter(device, "clock_off_ms") == 1_000 - at
    send(device, device.changed(alert(device, issued_at=at), iat=at, nbf=at, exp=at + HOUR_MS))
    assert device.heard == [("a", 1_000)]


def test_an_answer_of_another_time_device_key_or_question_proves_nothing() -> None:
    device = ready_device()
    wrong = device.now + HOUR_MS
    nonce = asks(device)[-1].nonce
    answer(device, wrong, "0" * 32)
    answer(device, wrong, nonce, target=Target(devices=["another"]))
    synced = device.command(type="synced", prio=9, refs=[nonce], target=Target(devices=[DEVICE]))
    device.deliver(topics.device_command(DEVICE), signing.signed(synced, "alert", signing.ALERT))
    assert device.acks() == []
    answer(device, wrong)
    device.order(device.command("c", iat=wrong, nbf=wrong, exp=wrong + MINUTE_MS))
    assert device.last_ack("c").st == "done"
    answer(device, wrong + HOUR_MS, nonce)
    device.order(device.command("d", iat=wrong + HOUR_MS, nbf=wrong + HOUR_MS, exp=wrong + 2 * HOUR_MS))
    assert device.last_ack("d").code == Code.FUTURE_IAT


def test_an_answer_that_comes_late_proves_nothing() -> None:
    device = ready_device()
    device.run(ROUND_TRIP_MAX_MS + 1)
    answer(device, device.now + HOUR_MS)
    at = device.now + HOUR_MS
    device.order(device.command("c", iat=at, nbf=at, exp=at + MINUTE_MS))
    assert device.last_ack("c").code == Code.FUTURE_IAT


def test_only_the_last_few_questions_are_answered() -> None:
    device = ready_device()
    first = asks(device)[-1].nonce
    for _ in range(8):
        device.order(device.command(type="resync"))
    answer(device, device.now + HOUR_MS, first)
    at = device.now + HOUR_MS
    device.order(device.command("c", iat=at, nbf=at, exp=at + MINUTE_MS))
    assert device.last_ack("c").code == Code.FUTURE_IAT


def test_a_recorded_alert_with_recorded_beacons_is_refused_without_a_clock_too() -> None:
    device = DeviceHarness(clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    answer(device)
    command = alert(device, exp=device.now + MINUTE_MS)
    beacon_at = device.now
    device.run(HOUR_MS)
    device.power_cut()
    device.connect()
    answer(device)
    for _ in range(5):
        device.beacon(beacon_at)
        send(device, command)
        device.run(MINUTE_MS)
    assert device.heard == []


def test_a_device_without_a_clock_that_followed_a_wrong_server_hears_an_alert_when_it_is_right_again() -> None:
    device = DeviceHarness(clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    answer(device, device.now + 400 * DAY_MS)
    for _ in range(3):
        device.beacon(device.now + 400 * DAY_MS)
        device.run(MINUTE_MS)
    send(device, alert(device))
    assert stood(device, "a")[0][1] == Code.EXPIRED
    answer(device)
    assert [cid for cid, _ in device.heard] == ["a"]


def test_the_servers_time_is_counted_on_for_a_while_and_no_longer() -> None:
    clock = Clock(is_known=True)
    clock.prove(HOUR_MS, 0, 100)
    assert clock.server_now(100 + PROVEN_MS) == HOUR_MS + 50 + PROVEN_MS
    assert clock.server_now(101 + PROVEN_MS) is None


def test_a_key_that_is_valid_by_the_servers_time_signs() -> None:
    device = ready_device()
    device.now = signing.FOREVER + HOUR_MS
    at = NOON_MS + MINUTE_MS
    device.order(device.command(type="resync", iat=at, nbf=at, exp=at + HOUR_MS))
    assert "UNKNOWN_KEY" in [event.code for event in device.events()]
    device.disconnect()
    device.connect()
    answer(device, at)
    device.order(device.command("c", iat=at, nbf=at, exp=at + HOUR_MS))
    assert device.last_ack("c").st == "done"


def test_an_alert_in_force_lasts_as_long_as_it_had_left_when_the_clock_is_stepped() -> None:
    device = ready_device()
    send(device, alert(device, exp=device.now + HOUR_MS, every_ms=10 * MINUTE_MS))
    wrong_trips(device, DAY_MS, 3)
    assert counter(device, "clock_off_ms") == pytest.approx(-DAY_MS, abs=1_000)
    device.run(3 * HOUR_MS)
    assert device.heard[-1][1] == pytest.approx(NOON_MS + HOUR_MS, abs=1_000)


@pytest.mark.parametrize("by_ms", [DAY_MS, -DAY_MS])
def test_stops_and_hushes_move_with_a_stepped_clock_and_silence_nothing_later(by_ms: int) -> None:
    device = ready_device()
    send(device, device.command("s", type="stop", prio=9, hush_until=device.now + HOUR_MS))
    wrong_trips(device, by_ms, 3)
    assert counter(device, "clock_off_ms") == pytest.approx(-by_ms, abs=1_000)
    at = device.now + by_ms
    device.order(device.play("p", iat=at, nbf=at, exp=at + HOUR_MS))
    assert device.last_ack("p").code == "HUSHED"
    send(device, msgspec.structs.replace(alert(device, exp=at + 2 * HOUR_MS, issued_at=at), iat=at, nbf=at))
    device.run(HOUR_MS)
    device.order(device.play("q", iat=at, nbf=at, exp=at + 2 * HOUR_MS))
    device.run(1_000)
    assert [item for item, _ in device.heard] == ["a", "q"]
