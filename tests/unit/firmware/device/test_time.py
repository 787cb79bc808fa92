"""Changes of a device's clock: not by a queued message, a recording, a stranger or one wrong minute."""

from __future__ import annotations

import pytest

from devices.protocol import topics
from devices.protocol.messages import Code, Target
from firmware_sim.core.clock.clock import ASK_EVERY_MS, PROVEN_MS, ROUND_TRIP_MAX_MS, STEP_SPAN_MS, Clock
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware import signing
from tests.unit.firmware.alerting import alert, send, stood
from tests.unit.firmware.asking import answer, asks, round_trip
from tests.unit.firmware.pole import DEVICE, MINUTE_MS, NOON_MS, Pole, ready_pole

HOUR_MS, DAY_MS = 60 * MINUTE_MS, 1_440 * MINUTE_MS
STALE_MS = 684_268
"""Age of a beacon that was seen to come out of a half-open link."""


def counter(pole: Pole, name: str) -> object:
    return pole.flash.facts.get("counter", {}).get(name, 0)


def wrong_trips(pole: Pole, off_ms: int, count: int, apart_ms: int = STEP_SPAN_MS * 3 // 5) -> None:
    """Make so many round trips with a server that is wrong, after one when it was right."""
    answer(pole)
    for _ in range(count):
        round_trip(pole, off_ms)
        pole.run(apart_ms)


def test_a_beacon_that_waited_in_a_queue_turns_no_clock_back() -> None:
    pole = ready_pole()
    for late in range(12):
        pole.beacon(pole.now - STALE_MS + late * MINUTE_MS)
    send(pole, alert(pole))
    assert pole.heard == [("a", NOON_MS)]
    assert pole.acks()[-1].ts == NOON_MS
    assert [event.code for event in pole.events()] == []


def test_a_wrong_server_moves_no_clock_and_no_floor_within_ten_minutes() -> None:
    pole = ready_pole()
    pole.beacon(pole.now)
    floor = counter(pole, "time_floor")
    wrong_trips(pole, 400 * DAY_MS, 2, ASK_EVERY_MS)
    assert (counter(pole, "clock_off_ms"), counter(pole, "time_floor")) == (0, floor)


def test_round_trips_that_disagree_with_each_other_step_no_clock() -> None:
    pole = ready_pole()
    for number in range(8):
        wrong_trips(pole, HOUR_MS + number * MINUTE_MS, 1)
    assert counter(pole, "clock_off_ms") == 0


def test_many_round_trips_in_a_moment_step_no_clock() -> None:
    pole = ready_pole()
    for _ in range(10):
        pole.order(pole.command(type="resync"))
        answer(pole, pole.now + HOUR_MS)
    assert counter(pole, "clock_off_ms") == 0


def test_a_deviation_is_proved_again_only_after_a_while() -> None:
    pole = ready_pole()
    answer(pole)
    asked = len(asks(pole))
    round_trip(pole, HOUR_MS)
    for _ in range(4):
        pole.beacon(pole.now + HOUR_MS)
        pole.run(MINUTE_MS)
    assert len(asks(pole)) == asked + 1


def test_a_known_clock_follows_ten_minutes_of_round_trips_and_comes_back_at_once() -> None:
    pole = ready_pole()
    wrong_trips(pole, HOUR_MS, 3)
    assert counter(pole, "clock_off_ms") == pytest.approx(-HOUR_MS, abs=1_000)
    assert int(str(counter(pole, "time_floor"))) > pole.now
    round_trip(pole, 0)
    assert counter(pole, "clock_off_ms") == 0
    assert int(str(counter(pole, "time_floor"))) <= pole.now


def test_a_floor_of_the_next_year_that_an_older_image_left_heals() -> None:
    pole = Pole()
    pole.flash.save([JournalEntry("counter", "time_floor", NOON_MS + 400 * DAY_MS)])
    pole.power_on()
    pole.connect()
    pole.desire()
    answer(pole)
    send(pole, alert(pole))
    assert pole.heard == [("a", NOON_MS)]
    assert counter(pole, "time_floor") == NOON_MS
    pole.run(MINUTE_MS)
    pole.power_cut(MINUTE_MS)
    pole.connect()
    send(pole, alert(pole, "b"))
    assert pole.heard[1:] == [("b", pole.now)]


def test_a_battery_clock_that_lost_its_battery_is_not_known_until_it_is_proved() -> None:
    pole = ready_pole()
    pole.beacon(pole.now)
    pole.now = 1_000
    pole.power_cut()
    pole.connect()
    at = NOON_MS + HOUR_MS
    answer(pole, at)
    assert counter(pole, "clock_off_ms") == 1_000 - at
    send(pole, pole.changed(alert(pole, issued_at=at), iat=at, nbf=at, exp=at + HOUR_MS))
    assert pole.heard == [("a", 1_000)]


def test_an_answer_of_another_time_device_key_or_question_proves_nothing() -> None:
    pole = ready_pole()
    wrong = pole.now + HOUR_MS
    nonce = asks(pole)[-1].nonce
    answer(pole, wrong, "0" * 32)
    answer(pole, wrong, nonce, target=Target(devices=["another"]))
    synced = pole.command(type="synced", prio=9, refs=[nonce], target=Target(devices=[DEVICE]))
    pole.deliver(topics.device_command(DEVICE), signing.signed(synced, "alert", signing.ALERT))
    assert pole.acks() == []
    answer(pole, wrong)
    pole.order(pole.command("c", iat=wrong, nbf=wrong, exp=wrong + MINUTE_MS))
    assert pole.last_ack("c").st == "done"
    answer(pole, wrong + HOUR_MS, nonce)
    pole.order(pole.command("d", iat=wrong + HOUR_MS, nbf=wrong + HOUR_MS, exp=wrong + 2 * HOUR_MS))
    assert pole.last_ack("d").code == Code.FUTURE_IAT


def test_an_answer_that_comes_late_proves_nothing() -> None:
    pole = ready_pole()
    pole.run(ROUND_TRIP_MAX_MS + 1)
    answer(pole, pole.now + HOUR_MS)
    at = pole.now + HOUR_MS
    pole.order(pole.command("c", iat=at, nbf=at, exp=at + MINUTE_MS))
    assert pole.last_ack("c").code == Code.FUTURE_IAT


def test_only_the_last_few_questions_are_answered() -> None:
    pole = ready_pole()
    first = asks(pole)[-1].nonce
    for _ in range(8):
        pole.order(pole.command(type="resync"))
    answer(pole, pole.now + HOUR_MS, first)
    at = pole.now + HOUR_MS
    pole.order(pole.command("c", iat=at, nbf=at, exp=at + MINUTE_MS))
    assert pole.last_ack("c").code == Code.FUTURE_IAT


def test_a_recorded_alert_with_recorded_beacons_is_refused_without_a_clock_too() -> None:
    pole = Pole(clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    answer(pole)
    command = alert(pole, exp=pole.now + MINUTE_MS)
    beacon_at = pole.now
    pole.run(HOUR_MS)
    pole.power_cut()
    pole.connect()
    answer(pole)
    for _ in range(5):
        pole.beacon(beacon_at)
        send(pole, command)
        pole.run(MINUTE_MS)
    assert pole.heard == []


def test_a_device_without_a_clock_that_followed_a_wrong_server_hears_an_alert_when_it_is_right_again() -> None:
    pole = Pole(clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    answer(pole, pole.now + 400 * DAY_MS)
    for _ in range(3):
        pole.beacon(pole.now + 400 * DAY_MS)
        pole.run(MINUTE_MS)
    send(pole, alert(pole))
    assert stood(pole, "a")[0][1] == Code.EXPIRED
    answer(pole)
    assert [cid for cid, _ in pole.heard] == ["a"]


def test_the_servers_time_is_counted_on_for_a_while_and_no_longer() -> None:
    clock = Clock(is_known=True)
    clock.prove(HOUR_MS, 0, 100)
    assert clock.server_now(100 + PROVEN_MS) == HOUR_MS + 50 + PROVEN_MS
    assert clock.server_now(101 + PROVEN_MS) is None


def test_a_key_that_is_valid_by_the_servers_time_signs() -> None:
    pole = ready_pole()
    pole.now = signing.FOREVER + HOUR_MS
    at = NOON_MS + MINUTE_MS
    pole.order(pole.command(type="resync", iat=at, nbf=at, exp=at + HOUR_MS))
    assert "UNKNOWN_KEY" in [event.code for event in pole.events()]
    pole.disconnect()
    pole.connect()
    answer(pole, at)
    pole.order(pole.command("c", iat=at, nbf=at, exp=at + HOUR_MS))
    assert pole.last_ack("c").st == "done"


def test_an_alert_in_force_lasts_as_long_as_it_had_left_when_the_clock_is_stepped() -> None:
    pole = ready_pole()
    send(pole, alert(pole, exp=pole.now + HOUR_MS, every_ms=10 * MINUTE_MS))
    wrong_trips(pole, DAY_MS, 3)
    assert counter(pole, "clock_off_ms") == pytest.approx(-DAY_MS, abs=1_000)
    pole.run(3 * HOUR_MS)
    assert pole.heard[-1][1] == pytest.approx(NOON_MS + HOUR_MS, abs=1_000)
