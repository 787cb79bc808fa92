"""Alerts by target area and by path, and on a device whose clock is wrong."""

from __future__ import annotations

import pytest

from devices.protocol import topics
from devices.protocol.messages import Circle, Shape, Target
from firmware_sim.core.clock.clock import AGREE_MS, SPREAD_MS, STEP_SPAN_MS
from firmware_sim.core.effects import WakeAt
from tests.unit.firmware.alert_messages import ROUND_MS, alert, send, stood
from tests.unit.firmware.device_harness import AREA, CHAIN, DEVICE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device
from tests.unit.firmware.sync_requests import answer, round_trip

HERE = (10.93, 108.1)
VALLEY = Shape(rings=[[(10.9, 108.0), (10.9, 108.2), (11.0, 108.2), (11.0, 108.0), (10.9, 108.0)]])
ELSEWHERE = Shape(circles=[Circle(lat=11.9, lon=108.1, radius_m=5_000)])


def test_a_device_listens_to_alerts_drills_and_their_words_of_its_whole_chain() -> None:
    device = ready_device()
    for area in CHAIN:
        wanted = {topics.area_alert(area), topics.area_drill(area), topics.area_speech(area, "+")}
        assert wanted <= device.subscribed
    device.desire(areas=["xa-2"])
    assert topics.area_alert(AREA) not in device.subscribed
    assert topics.area_speech("xa-2", "+") in device.subscribed


@pytest.mark.parametrize(
    ("point", "shape", "is_heard"),
    [(HERE, VALLEY, True), (HERE, ELSEWHERE, False), (None, ELSEWHERE, True), (HERE, None, True)],
)
def test_a_device_decides_for_itself_whether_it_stands_inside(
    point: tuple[float, float] | None, shape: Shape | None, *, is_heard: bool
) -> None:
    device = ready_device()
    device.desire(point=point)
    send(device, device.changed(alert(device), target=Target(areas=[CHAIN[-1]], shape=shape)))
    device.run(MINUTE_MS)
    assert bool(device.heard) is is_heard
    assert (("rejected", "OUTSIDE") in stood(device, "a")) is not is_heard


@pytest.mark.parametrize("topic", [topics.area_alert(CHAIN[-1]), topics.device_command(DEVICE)])
def test_the_same_alert_by_several_ways_sounds_once(topic: str) -> None:
    device = ready_device()
    command = alert(device)
    send(device, command)
    send(device, command, topic=topic)
    device.run(5 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]


def step_clock(device: DeviceHarness, off_ms: int) -> None:
    """Make round trips over ten minutes, all of them telling that this clock is ahead by so much."""
    answer(device)
    for _ in range(3):
        round_trip(device, -off_ms)
        device.run(STEP_SPAN_MS // 2 + SPREAD_MS)


@pytest.mark.parametrize("off_ms", [-5 * MINUTE_MS, 5 * MINUTE_MS])
def test_an_alert_is_heard_where_the_clock_is_wrong_as_soon_as_the_server_has_proved_its_time(off_ms: int) -> None:
    device = ready_device()
    true_ms = NOON_MS - off_ms
    command = device.changed(
        alert(device, issued_at=true_ms), iat=true_ms, nbf=true_ms - 1_000, exp=true_ms + 4 * MINUTE_MS
    )
    send(device, command)
    assert device.heard == []
    answer(device, true_ms)
    device.run(MINUTE_MS)
    assert device.heard == [("a", NOON_MS)]
    device.run(4 * MINUTE_MS)
    assert device.flash.facts.get("alert", {}) == {}


def test_a_clock_that_was_put_right_stays_so_over_a_power_cut_until_it_is_right_again() -> None:
    device = ready_device()
    step_clock(device, 10 * MINUTE_MS)
    assert ("fault", "NO_CLOCK") in [(event.type, event.code) for event in device.events()]
    device.power_cut(MINUTE_MS)
    device.connect()
    true_ms = device.now - 10 * MINUTE_MS
    send(device, device.changed(alert(device), iat=true_ms, nbf=true_ms, exp=true_ms + MINUTE_MS))
    assert [cid for cid, _ in device.heard] == ["a"]
    answer(device, device.now)
    assert device.flash.facts["counter"]["clock_off_ms"] == 0


def test_a_clock_that_is_a_little_off_is_left_alone() -> None:
    device = ready_device()
    step_clock(device, AGREE_MS)
    assert "clock_off_ms" not in device.flash.facts.get("counter", {})
    assert [event.code for event in device.events()] == []


def test_a_clock_put_right_asks_for_what_was_judged_by_the_wrong_time() -> None:
    device = ready_device()
    step_clock(device, 10 * MINUTE_MS)
    stepped = [place for place, sent in enumerate(device.published) if b"NO_CLOCK" in sent.body]
    asked = [
        place for place, sent in enumerate(device.published) if sent.topic == topics.device_request(DEVICE, "sync")
    ]
    assert len(stepped) == 1
    assert len(asked) == 2 + 3 + 1


def test_a_device_without_a_clock_sounds_an_alert_that_a_beacon_covers() -> None:
    device = DeviceHarness(clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    device.beacon(device.now)
    send(device, alert(device))
    device.run(MINUTE_MS)
    assert device.heard == [("a", NOON_MS)]


def test_an_alert_wakes_its_device_a_handful_of_times_and_not_in_a_frenzy() -> None:
    device = ready_device()
    device.server_has_content = False
    send(device, alert(device, every_ms=10 * MINUTE_MS))
    device.done.clear()
    device.run(30 * MINUTE_MS)
    assert 0 < len([effect for effect in device.done if isinstance(effect, WakeAt)]) < 60


def test_an_empty_message_which_clears_a_retained_alert_is_no_attack() -> None:
    device = ready_device()
    for topic in (topics.area_alert(AREA), topics.area_drill(AREA), topics.area_speech(AREA, "0" * 64)):
        device.deliver(topic, b"")
    assert device.acks() == []
    assert device.events() == []
