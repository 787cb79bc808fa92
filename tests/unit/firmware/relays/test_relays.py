"""Relay on the device: the times of its stream and its stand-in, and the reports of both."""

from __future__ import annotations

from itertools import product

import pytest

from devices.protocol.messages import QuietHours
from firmware_sim.core.effects import Prepare, StartRelay, StartSound
from firmware_sim.core.relays.relay_streams import FOLLOWING, MUTE_MS, RETRY_MS, RelayStage, StreamEvent
from firmware_sim.core.schedule.hand_over import PREPARE_MS
from tests.unit.firmware.device_harness import MINUTE_MS, PowerCutError
from tests.unit.firmware.relay_harness import AT, QUIET_DB, URLS, RelayHarness, relay_device

WITHIN_MS = 5_000
"""Latest start of the stand-in."""


def sounding(**changes: object) -> RelayHarness:
    """Return a device whose relay sounds its stream, two seconds in."""
    device = relay_device()
    device.plan(device.relay(**changes))  # type: ignore[arg-type]
    device.run_until(AT - PREPARE_MS + 500)
    device.hear(PREPARE_MS + 1_500)
    assert (device.now, device.what) == (AT + 2_000, "stream")
    return device


def ended(device: RelayHarness) -> RelayHarness:
    device.run_until(AT + 2 * MINUTE_MS)
    return device


def test_every_step_is_one_of_the_table() -> None:
    assert set(FOLLOWING) <= set(product(RelayStage, StreamEvent))
    assert {stage for stage, _ in FOLLOWING} == set(RelayStage) == set(FOLLOWING.values())
    assert {turn for _, turn in FOLLOWING} == set(StreamEvent)


def test_nothing_is_fetched_before_its_time_and_nothing_after_its_end() -> None:
    device = relay_device()
    device.plan(device.relay())
    device.run_until(AT - PREPARE_MS - 100)
    assert device.opened == []
    device.run_until(AT - PREPARE_MS + 100)
    assert device.opened == URLS[:1]
    device.hear(2 * MINUTE_MS)
    assert (device.opened, device.closed) == (URLS[:1], 1)


def test_the_stream_sounds_from_its_instant_to_its_end() -> None:
    device = sounding()
    device.hear(MINUTE_MS)
    (order,) = [effect for effect in device.done if isinstance(effect, StartRelay)]
    assert (order.at_ms, order.until_ms) == (AT, AT + MINUTE_MS)
    assert device.heard == [("r", AT)]
    (record,) = device.records()
    assert (record.result, record.started_at, record.ended_at) == ("done", AT, AT + MINUTE_MS)
    assert record.relayed is not None
    assert (record.relayed.source, record.relayed.stream_ms, record.relayed.fallback_ms) == ("vov1", MINUTE_MS, 0)
    assert device.parts() == [("stream", 0, MINUTE_MS)]


def test_its_stand_in_is_prepared_like_any_content() -> None:
    device = relay_device()
    item = device.relay()
    device.plan(item)
    ended(device)
    assert [effect.sha256 for effect in device.done if isinstance(effect, Prepare)] == [item.audio.sha256]
    assert not any(isinstance(effect, StartSound) for effect in device.done)


def test_a_stream_that_is_not_there_in_time_is_stood_in_for() -> None:
    device = ended_without_a_stream()
    ((what, since, until),) = device.parts()
    assert (what, until) == ("fallback", MINUTE_MS)
    assert since <= WITHIN_MS
    assert device.results() == [("r", "done", None)]


def ended_without_a_stream() -> RelayHarness:
    device = relay_device()
    device.plan(device.relay())
    return ended(device)


def test_what_came_too_little_is_stood_in_for() -> None:
    device = relay_device()
    device.plan(device.relay(buffer_ms=3_000))
    device.run_until(AT - 1_000)
    device.hear(6_000)
    assert (device.what, device.feeds[0]) == ("fallback", ("fallback", False))


def test_a_stream_that_is_lost_while_it_gathers_is_asked_for_again() -> None:
    device = relay_device()
    device.plan(device.relay(buffer_ms=3_000))
    device.run_until(AT - 5_000)
    device.hear(500)
    device.lose()
    device.run(RETRY_MS)
    assert len(device.opened) >= 2
    assert device.feeds == []


def test_what_runs_dry_is_stood_in_for_and_returns_when_it_is_back() -> None:
    device = sounding()
    device.lose()
    device.run_dry()
    device.run(8_000)
    device.hear(1_500)
    assert device.what == "stream"
    device.hear(MINUTE_MS)
    (first, gone, back) = device.parts()
    assert first == ("stream", 0, 2_000)
    assert gone[:2] == ("fallback", 2_000)
    assert back == ("stream", gone[2], MINUTE_MS)
    assert gone[2] - 10_000 <= 10_000
    assert device.feeds[-3:] == [("fallback", False), ("fallback", True), ("stream", False)]


def test_a_stream_that_ends_and_is_back_before_it_runs_dry_is_heard_on() -> None:
    device = sounding()
    device.lose()
    device.run(RETRY_MS)
    device.hear(MINUTE_MS)
    assert device.opened == URLS[:1] * 2
    assert device.parts() == [("stream", 0, MINUTE_MS)]


def test_silence_is_stood_in_for_within_five_seconds_and_sound_returns() -> None:
    device = sounding()
    device.hear(WITHIN_MS, db=QUIET_DB)
    assert device.what == "fallback"
    device.hear(10_000, db=QUIET_DB)
    assert device.what == "fallback"
    device.hear(2_000)
    assert device.what == "stream"
    device.hear(MINUTE_MS)
    assert [what for what, _, _ in device.parts()] == ["stream", "fallback", "stream"]


def test_a_pause_between_words_is_no_silence() -> None:
    device = sounding()
    for _ in range(5):
        device.hear(3_500, db=QUIET_DB)
        device.hear(500)
    assert device.feeds == [("stream", False)]


def test_the_stand_in_goes_on_while_what_returned_is_lost_again() -> None:
    device = sounding()
    device.run_dry()
    device.hear(500)
    device.lose()
    device.run(MUTE_MS)
    assert device.what == "fallback"
    device.hear(1_500)
    assert device.what == "stream"


def test_every_address_is_tried_in_turn_as_long_as_none_answers() -> None:
    device = relay_device()
    device.plan(device.relay(urls=URLS))
    device.run_until(AT + 20_000)
    assert device.opened[:4] == [*URLS, *URLS]
    assert len(device.opened) >= (PREPARE_MS + 20_000) // (MUTE_MS + RETRY_MS)


def test_what_a_card_says_of_an_unknown_relay_is_passed_over() -> None:
    device = relay_device()
    device.hear(500)
    device.lose()
    device.run_dry()
    assert device.feeds == []


def test_an_end_that_comes_late_opens_nothing() -> None:
    device = sounding()
    device.hear(MINUTE_MS)
    asked = device.opened
    device.lose()
    ended(device)
    assert device.opened == asked


@pytest.mark.parametrize(("after", "result"), [("resume", "done"), ("restart", "done"), ("drop", "cut")])
def test_what_is_cut_goes_on_with_the_stream_and_ends_at_its_own_time(after: str, result: str) -> None:
    device = relay_device()
    device.plan(device.relay(after=after), device.item("high", AT + 10_000, dur_ms=10_000, prio=6))
    device.run_until(AT - PREPARE_MS + 500)
    device.hear(2 * MINUTE_MS)
    record = next(record for record in device.records() if record.item == "r")
    assert record.result == result
    parts = device.parts()
    assert parts[0] == ("stream", 0, 10_000)
    goes_on = result == "done"
    assert record.ended_at == AT + (MINUTE_MS if goes_on else 10_000)
    assert (parts[-1][0], parts[-1][2]) == ("stream", MINUTE_MS if goes_on else 10_000)
    assert device.closed == len(parts) == 1 + goes_on


def test_what_is_cut_near_its_end_stays_cut() -> None:
    device = relay_device()
    device.plan(device.relay(), device.item("high", AT + 50_000, dur_ms=30_000, prio=6))
    device.run_until(AT - PREPARE_MS + 500)
    device.hear(2 * MINUTE_MS)
    assert ("r", "cut", "BUSY_HIGHER") in device.results()
    assert [name for name, _ in device.heard] == ["r", "high"]


def test_no_part_of_it_sounds_in_quiet_hours() -> None:
    device = relay_device()
    device.desire(quiet=[QuietHours(start="12:05", until="12:30")])
    device.plan(device.relay())
    device.hear(10 * MINUTE_MS)
    assert device.heard == []
    assert device.results() == [("r", "missed", "QUIET_HOURS")]
    assert device.closed == len(device.opened) == 1


def test_one_that_would_reach_into_quiet_hours_does_not_begin() -> None:
    device = relay_device()
    device.desire(quiet=[QuietHours(start="12:20", until="12:30")])
    device.plan(device.relay(length_ms=20 * MINUTE_MS))
    device.hear(10 * MINUTE_MS)
    assert device.results() == [("r", "missed", "QUIET_HOURS")]


def test_what_the_plan_no_longer_names_is_no_longer_fetched() -> None:
    device = relay_device()
    device.plan(device.relay())
    device.run_until(AT - PREPARE_MS + 500)
    device.plan()
    assert device.closed == 1
    ended(device)
    assert device.heard == []


def test_another_address_in_the_plan_takes_the_place_of_the_first() -> None:
    device = relay_device()
    device.plan(device.relay())
    device.plan(device.relay(urls=URLS[1:]))
    device.run_until(AT)
    assert set(device.opened) == {URLS[1]}


def test_another_end_in_the_plan_holds() -> None:
    device = relay_device()
    device.plan(device.relay())
    device.plan(device.relay(length_ms=30_000))
    ended(device)
    assert device.records()[0].ended_at == AT + 30_000


def test_a_power_cut_leaves_what_was_heard_before_it() -> None:
    device = sounding()
    device.run_dry()
    device.hear(1_500)
    device.power_cut(off_ms=1_000)
    device.connect()
    (record,) = device.records()
    assert (record.result, record.code) == ("cut", "POWER_LOST")
    assert record.relayed is not None
    assert (record.relayed.stream_ms, record.relayed.fallback_ms) == (2_000, 1_500)
    device.hear(MINUTE_MS)
    assert device.heard == [("r", AT)]


def test_it_sounds_at_most_once_wherever_the_power_goes() -> None:
    for effects in range(60):
        device = relay_device()
        device.plan(device.relay())
        device.effects_until_power_cut = effects
        try:
            device.run_until(AT - PREPARE_MS + 500)
            device.hear(PREPARE_MS + 20_000)
            break
        except PowerCutError:
            device.power_cut()
            device.connect()
            device.hear(2 * MINUTE_MS)
            assert len(device.heard) <= 1
            assert len(device.records()) <= 1
    assert effects >= 10


def test_a_relay_that_flickers_tells_its_sums_and_a_message_holds_its_records() -> None:
    device = sounding(length_ms=20 * MINUTE_MS)
    for _ in range(100):
        device.run_dry()
        device.hear(2_000)
    device.hear(20 * MINUTE_MS)
    relayed = device.records()[0].relayed
    assert relayed is not None
    assert len(relayed.parts) == 40
    assert relayed.stream_ms + relayed.fallback_ms == 20 * MINUTE_MS


def test_many_long_records_go_in_several_messages() -> None:
    device = sounding(length_ms=20 * MINUTE_MS)
    device.disconnect()
    for _ in range(50):
        device.run_dry()
        device.hear(2_000)
    device.hear(20 * MINUTE_MS)
    record = next(iter(device.flash.load()["record"].values()))
    assert isinstance(record, dict)
    for number in range(10):
        device.flash.facts.setdefault("record", {})[f"old-{number}"] = {**record, "rid": f"old-{number}"}
    device.power_cut()
    device.connect()
    assert len(device.records()) == 11
    events = [event for event in device.events() if event.records]
    assert len(events) > 1
