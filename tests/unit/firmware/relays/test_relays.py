"""Relay on the device: the times of its stream and its stand-in, and the reports of both."""

from __future__ import annotations

from itertools import product

import pytest

from devices.protocol.messages import QuietHours
from firmware_sim.core.effects import Prepare, StartRelay, StartSound
from firmware_sim.core.relays.relay_streams import FOLLOWING, MUTE_MS, RETRY_MS, RelayStage, StreamEvent
from firmware_sim.core.schedule.hand_over import PREPARE_MS
from tests.unit.firmware.pole import MINUTE_MS, PowerCutError
from tests.unit.firmware.relaying import AT, QUIET_DB, URLS, RelayPole, relay_pole

WITHIN_MS = 5_000
"""Latest start of the stand-in."""


def sounding(**changes: object) -> RelayPole:
    """Return a device whose relay sounds its stream, two seconds in."""
    pole = relay_pole()
    pole.plan(pole.relay(**changes))  # type: ignore[arg-type]
    pole.run_until(AT - PREPARE_MS + 500)
    pole.hear(PREPARE_MS + 1_500)
    assert (pole.now, pole.what) == (AT + 2_000, "stream")
    return pole


def ended(pole: RelayPole) -> RelayPole:
    pole.run_until(AT + 2 * MINUTE_MS)
    return pole


def test_every_step_is_one_of_the_table() -> None:
    assert set(FOLLOWING) <= set(product(RelayStage, StreamEvent))
    assert {stage for stage, _ in FOLLOWING} == set(RelayStage) == set(FOLLOWING.values())
    assert {turn for _, turn in FOLLOWING} == set(StreamEvent)


def test_nothing_is_fetched_before_its_time_and_nothing_after_its_end() -> None:
    pole = relay_pole()
    pole.plan(pole.relay())
    pole.run_until(AT - PREPARE_MS - 100)
    assert pole.opened == []
    pole.run_until(AT - PREPARE_MS + 100)
    assert pole.opened == URLS[:1]
    pole.hear(2 * MINUTE_MS)
    assert (pole.opened, pole.closed) == (URLS[:1], 1)


def test_the_stream_sounds_from_its_instant_to_its_end() -> None:
    pole = sounding()
    pole.hear(MINUTE_MS)
    (order,) = [effect for effect in pole.done if isinstance(effect, StartRelay)]
    assert (order.at_ms, order.until_ms) == (AT, AT + MINUTE_MS)
    assert pole.heard == [("r", AT)]
    (record,) = pole.records()
    assert (record.result, record.started_at, record.ended_at) == ("done", AT, AT + MINUTE_MS)
    assert record.relayed is not None
    assert (record.relayed.source, record.relayed.stream_ms, record.relayed.fallback_ms) == ("vov1", MINUTE_MS, 0)
    assert pole.parts() == [("stream", 0, MINUTE_MS)]


def test_its_stand_in_is_prepared_like_any_content() -> None:
    pole = relay_pole()
    item = pole.relay()
    pole.plan(item)
    ended(pole)
    assert [effect.sha256 for effect in pole.done if isinstance(effect, Prepare)] == [item.audio.sha256]
    assert not any(isinstance(effect, StartSound) for effect in pole.done)


def test_a_stream_that_is_not_there_in_time_is_stood_in_for() -> None:
    pole = ended_without_a_stream()
    ((what, since, until),) = pole.parts()
    assert (what, until) == ("fallback", MINUTE_MS)
    assert since <= WITHIN_MS
    assert pole.results() == [("r", "done", None)]


def ended_without_a_stream() -> RelayPole:
    pole = relay_pole()
    pole.plan(pole.relay())
    return ended(pole)


def test_what_came_too_little_is_stood_in_for() -> None:
    pole = relay_pole()
    pole.plan(pole.relay(buffer_ms=3_000))
    pole.run_until(AT - 1_000)
    pole.hear(6_000)
    assert (pole.what, pole.feeds[0]) == ("fallback", ("fallback", False))


def test_a_stream_that_is_lost_while_it_gathers_is_asked_for_again() -> None:
    pole = relay_pole()
    pole.plan(pole.relay(buffer_ms=3_000))
    pole.run_until(AT - 5_000)
    pole.hear(500)
    pole.lose()
    pole.run(RETRY_MS)
    assert len(pole.opened) >= 2
    assert pole.feeds == []


def test_what_runs_dry_is_stood_in_for_and_returns_when_it_is_back() -> None:
    pole = sounding()
    pole.lose()
    pole.run_dry()
    pole.run(8_000)
    pole.hear(1_500)
    assert pole.what == "stream"
    pole.hear(MINUTE_MS)
    (first, gone, back) = pole.parts()
    assert first == ("stream", 0, 2_000)
    assert gone[:2] == ("fallback", 2_000)
    assert back == ("stream", gone[2], MINUTE_MS)
    assert gone[2] - 10_000 <= 10_000
    assert pole.feeds[-3:] == [("fallback", False), ("fallback", True), ("stream", False)]


def test_a_stream_that_ends_and_is_back_before_it_runs_dry_is_heard_on() -> None:
    pole = sounding()
    pole.lose()
    pole.run(RETRY_MS)
    pole.hear(MINUTE_MS)
    assert pole.opened == URLS[:1] * 2
    assert pole.parts() == [("stream", 0, MINUTE_MS)]


def test_silence_is_stood_in_for_within_five_seconds_and_sound_returns() -> None:
    pole = sounding()
    pole.hear(WITHIN_MS, db=QUIET_DB)
    assert pole.what == "fallback"
    pole.hear(10_000, db=QUIET_DB)
    assert pole.what == "fallback"
    pole.hear(2_000)
    assert pole.what == "stream"
    pole.hear(MINUTE_MS)
    assert [what for what, _, _ in pole.parts()] == ["stream", "fallback", "stream"]


def test_a_pause_between_words_is_no_silence() -> None:
    pole = sounding()
    for _ in range(5):
        pole.hear(3_500, db=QUIET_DB)
        pole.hear(500)
    assert pole.feeds == [("stream", False)]


def test_the_stand_in_goes_on_while_what_returned_is_lost_again() -> None:
    pole = sounding()
    pole.run_dry()
    pole.hear(500)
    pole.lose()
    pole.run(MUTE_MS)
    assert pole.what == "fallback"
    pole.hear(1_500)
    assert pole.what == "stream"


def test_every_address_is_tried_in_turn_as_long_as_none_answers() -> None:
    pole = relay_pole()
    pole.plan(pole.relay(urls=URLS))
    pole.run_until(AT + 20_000)
    assert pole.opened[:4] == [*URLS, *URLS]
    assert len(pole.opened) >= (PREPARE_MS + 20_000) // (MUTE_MS + RETRY_MS)


def test_what_a_card_says_of_an_unknown_relay_is_passed_over() -> None:
    pole = relay_pole()
    pole.hear(500)
    pole.lose()
    pole.run_dry()
    assert pole.feeds == []


def test_an_end_that_comes_late_opens_nothing() -> None:
    pole = sounding()
    pole.hear(MINUTE_MS)
    asked = pole.opened
    pole.lose()
    ended(pole)
    assert pole.opened == asked


@pytest.mark.parametrize(("after", "result"), [("resume", "done"), ("restart", "done"), ("drop", "cut")])
def test_what_is_cut_goes_on_with_the_stream_and_ends_at_its_own_time(after: str, result: str) -> None:
    pole = relay_pole()
    pole.plan(pole.relay(after=after), pole.item("high", AT + 10_000, dur_ms=10_000, prio=6))
    pole.run_until(AT - PREPARE_MS + 500)
    pole.hear(2 * MINUTE_MS)
    record = next(record for record in pole.records() if record.item == "r")
    assert record.result == result
    parts = pole.parts()
    assert parts[0] == ("stream", 0, 10_000)
    goes_on = result == "done"
    assert record.ended_at == AT + (MINUTE_MS if goes_on else 10_000)
    assert (parts[-1][0], parts[-1][2]) == ("stream", MINUTE_MS if goes_on else 10_000)
    assert pole.closed == len(parts) == 1 + goes_on


def test_what_is_cut_near_its_end_stays_cut() -> None:
    pole = relay_pole()
    pole.plan(pole.relay(), pole.item("high", AT + 50_000, dur_ms=30_000, prio=6))
    pole.run_until(AT - PREPARE_MS + 500)
    pole.hear(2 * MINUTE_MS)
    assert ("r", "cut", "BUSY_HIGHER") in pole.results()
    assert [name for name, _ in pole.heard] == ["r", "high"]


def test_no_part_of_it_sounds_in_quiet_hours() -> None:
    pole = relay_pole()
    pole.desire(quiet=[QuietHours(start="12:05", until="12:30")])
    pole.plan(pole.relay())
    pole.hear(10 * MINUTE_MS)
    assert pole.heard == []
    assert pole.results() == [("r", "missed", "QUIET_HOURS")]
    assert pole.closed == len(pole.opened) == 1


def test_one_that_would_reach_into_quiet_hours_does_not_begin() -> None:
    pole = relay_pole()
    pole.desire(quiet=[QuietHours(start="12:20", until="12:30")])
    pole.plan(pole.relay(length_ms=20 * MINUTE_MS))
    pole.hear(10 * MINUTE_MS)
    assert pole.results() == [("r", "missed", "QUIET_HOURS")]


def test_what_the_plan_no_longer_names_is_no_longer_fetched() -> None:
    pole = relay_pole()
    pole.plan(pole.relay())
    pole.run_until(AT - PREPARE_MS + 500)
    pole.plan()
    assert pole.closed == 1
    ended(pole)
    assert pole.heard == []


def test_another_address_in_the_plan_takes_the_place_of_the_first() -> None:
    pole = relay_pole()
    pole.plan(pole.relay())
    pole.plan(pole.relay(urls=URLS[1:]))
    pole.run_until(AT)
    assert set(pole.opened) == {URLS[1]}


def test_another_end_in_the_plan_holds() -> None:
    pole = relay_pole()
    pole.plan(pole.relay())
    pole.plan(pole.relay(length_ms=30_000))
    ended(pole)
    assert pole.records()[0].ended_at == AT + 30_000


def test_a_power_cut_leaves_what_was_heard_before_it() -> None:
    pole = sounding()
    pole.run_dry()
    pole.hear(1_500)
    pole.power_cut(off_ms=1_000)
    pole.connect()
    (record,) = pole.records()
    assert (record.result, record.code) == ("cut", "POWER_LOST")
    assert record.relayed is not None
    assert (record.relayed.stream_ms, record.relayed.fallback_ms) == (2_000, 1_500)
    pole.hear(MINUTE_MS)
    assert pole.heard == [("r", AT)]


def test_it_sounds_at_most_once_wherever_the_power_goes() -> None:
    for effects in range(60):
        pole = relay_pole()
        pole.plan(pole.relay())
        pole.effects_until_power_cut = effects
        try:
            pole.run_until(AT - PREPARE_MS + 500)
            pole.hear(PREPARE_MS + 20_000)
            break
        except PowerCutError:
            pole.power_cut()
            pole.connect()
            pole.hear(2 * MINUTE_MS)
            assert len(pole.heard) <= 1
            assert len(pole.records()) <= 1
    assert effects >= 10


def test_a_relay_that_flickers_tells_its_sums_and_a_message_holds_its_records() -> None:
    pole = sounding(length_ms=20 * MINUTE_MS)
    for _ in range(100):
        pole.run_dry()
        pole.hear(2_000)
    pole.hear(20 * MINUTE_MS)
    relayed = pole.records()[0].relayed
    assert relayed is not None
    assert len(relayed.parts) == 40
    assert relayed.stream_ms + relayed.fallback_ms == 20 * MINUTE_MS


def test_many_long_records_go_in_several_messages() -> None:
    pole = sounding(length_ms=20 * MINUTE_MS)
    pole.disconnect()
    for _ in range(50):
        pole.run_dry()
        pole.hear(2_000)
    pole.hear(20 * MINUTE_MS)
    record = next(iter(pole.flash.load()["record"].values()))
    assert isinstance(record, dict)
    for number in range(10):
        pole.flash.facts.setdefault("record", {})[f"old-{number}"] = {**record, "rid": f"old-{number}"}
    pole.power_cut()
    pole.connect()
    assert len(pole.records()) == 11
    told = [event for event in pole.events() if event.records]
    assert len(told) > 1
