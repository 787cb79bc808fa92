"""Commands: each refusal with its own code, executed once, and their effect on the sound."""

from __future__ import annotations

import msgspec
import pytest
from joserfc.jwk import OKPKey

from devices.protocol import topics
from devices.protocol.messages import ExecutionState, Play, QuietHours, Target, VolumeHours
from firmware_sim.core.commands.command_handler import SEEN_MAX
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware import signing
from tests.unit.firmware.alert_messages import alert, send
from tests.unit.firmware.device_harness import AREA, MINUTE_MS, NOON_MS, DeviceHarness, ready_device

AT = NOON_MS + 5 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS


def refusal(device: DeviceHarness, cid: str) -> tuple[ExecutionState, str | None]:
    ack = device.last_ack(cid)
    return ack.st, ack.code


def test_a_play_without_an_instant_sounds_at_once_and_is_answered_step_by_step() -> None:
    device = ready_device()
    device.order(device.play("p"))
    device.run(2 * MINUTE_MS)
    assert device.heard == [("p", NOON_MS)]
    assert [ack.st for ack in device.acks() if ack.cid == "p"] == [
        ExecutionState.RECEIVED,
        ExecutionState.STARTED,
        ExecutionState.DONE,
    ]
    assert device.results() == [("p", "done", None)]


def test_a_play_for_later_sounds_then() -> None:
    device = ready_device()
    device.order(device.play("p", play=Play(start_at=AT)))
    device.run(10 * MINUTE_MS)
    assert device.heard == [("p", AT)]


def test_a_play_for_later_survives_a_power_cut() -> None:
    device = ready_device()
    device.order(device.play("p", play=Play(start_at=AT)))
    device.power_cut(MINUTE_MS)
    device.run(10 * MINUTE_MS)
    assert device.heard == [("p", AT)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exp": NOON_MS - 1}, "EXPIRED"),
        ({"nbf": NOON_MS + 1}, "NOT_YET"),
        ({"iat": NOON_MS + 120_001}, "FUTURE_IAT"),
        ({"target": Target(devices=["another"])}, "NOT_TARGET"),
        ({"target": Target(areas=[AREA], exclude=["huyen-1"])}, "NOT_TARGET"),
        ({"type": "sing"}, "UNSUPPORTED"),
        ({"content": None}, "MALFORMED"),
        ({"prio": 9}, "KEY_ROLE"),
    ],
)
def test_a_play_is_refused_with_its_own_code(change: dict[str, object], code: str) -> None:
    device = ready_device()
    device.order(msgspec.structs.replace(device.play("p"), **change))
    device.run(2 * MINUTE_MS)
    assert device.heard == []
    expected = ExecutionState.EXPIRED if code == "EXPIRED" else ExecutionState.REJECTED
    assert refusal(device, "p") == (expected, code)


@pytest.mark.parametrize(
    ("kid", "key", "code"),
    [
        ("plan", signing.STRANGER, "BAD_SIGNATURE"),
        ("stranger", signing.STRANGER, "UNKNOWN_KEY"),
        ("firmware", signing.FIRMWARE, "KEY_ROLE"),
    ],
)
def test_a_play_that_nobody_trusted_signed_is_refused_and_reported(kid: str, key: OKPKey, code: str) -> None:
    device = ready_device()
    device.deliver(topics.area_command(AREA), signing.signed(device.play("p"), kid, key))
    device.run(2 * MINUTE_MS)
    assert device.heard == []
    assert refusal(device, "") == (ExecutionState.REJECTED, code)
    assert [(event.type, event.code) for event in device.events()] == [("security", code)]


def test_a_flood_of_forgeries_is_reported_once_in_a_while() -> None:
    device = ready_device()
    for _ in range(50):
        device.deliver(topics.area_command(AREA), b"forged")
    assert len(device.events()) == 1


def test_a_repeated_id_is_answered_with_the_stored_result_and_not_played_again() -> None:
    device = ready_device()
    command = device.play("p")
    device.order(command)
    device.run(2 * MINUTE_MS)
    device.order(command)
    device.run(2 * MINUTE_MS)
    assert len(device.heard) == 1
    assert refusal(device, "p") == (ExecutionState.DONE, "DUPLICATE")


def test_a_repeated_id_is_known_after_a_power_cut() -> None:
    device = ready_device()
    command = device.play("p")
    device.order(command)
    device.run(2 * MINUTE_MS)
    device.power_cut()
    device.connect()
    device.order(command)
    device.run(2 * MINUTE_MS)
    assert len(device.heard) == 1
    assert refusal(device, "p")[1] == "DUPLICATE"


def test_ids_are_forgotten_when_their_command_has_expired() -> None:
    device = ready_device()
    device.order(device.command("c"))
    device.run(2 * HOUR_MS)
    assert device.flash.facts["seen"] == {}


def test_a_full_memory_refuses_instead_of_forgetting() -> None:
    device = DeviceHarness()
    device.flash.save(
        [JournalEntry("seen", f"c{n}", {"exp": NOON_MS + HOUR_MS, "st": "done"}) for n in range(SEEN_MAX)]
    )
    device.power_on()
    device.connect()
    device.desire()
    device.order(device.play("p"))
    assert refusal(device, "p") == (ExecutionState.REJECTED, "NO_SPACE")


def test_a_lower_play_is_refused_while_a_higher_one_sounds() -> None:
    device = ready_device()
    device.order(device.play("high", prio=6))
    device.run(1_000)
    device.order(device.play("low", prio=4))
    assert refusal(device, "low") == (ExecutionState.REJECTED, "BUSY_HIGHER")


def test_an_equal_play_waits_for_its_turn() -> None:
    device = ready_device()
    device.order(device.play("first"))
    device.run(1_000)
    device.order(device.play("second"))
    device.run(5 * MINUTE_MS)
    assert device.heard == [("first", NOON_MS), ("second", NOON_MS + MINUTE_MS)]


@pytest.mark.parametrize(
    ("after", "heard", "result"),
    [
        ("drop", ["a", "p"], ("a", "cut", "BUSY_HIGHER")),
        ("resume", ["a", "p", "a"], ("a", "done", None)),
        ("restart", ["a", "p", "a"], ("a", "done", None)),
    ],
)
def test_a_higher_play_cuts_and_the_cut_item_follows_its_own_rule(
    after: str, heard: list[str], result: tuple[str, str, str | None]
) -> None:
    device = ready_device()
    device.plan(device.item("a", AT, after=after))
    device.run_until(AT + 20_000)
    device.order(device.play("p", prio=6, dur_ms=10_000))
    device.run(10 * MINUTE_MS)
    assert [item for item, _ in device.heard] == heard
    assert result in device.results()
    assert [record.item for record in device.records()].count("a") == 1
    if after != "drop":
        rest_ms = 40_000 if after == "resume" else MINUTE_MS
        assert device.ended[-1] == ("a", AT + 30_000 + rest_ms, True)


def test_a_resumed_item_gives_way_to_what_is_planned() -> None:
    device = ready_device()
    device.plan(device.item("a", AT, after="resume"), device.item("b", AT + MINUTE_MS))
    device.run_until(AT + 20_000)
    device.order(device.play("p", prio=6, dur_ms=10_000))
    device.run(10 * MINUTE_MS)
    assert ("b", AT + MINUTE_MS) in device.heard
    assert sorted(device.results()) == [("a", "done", None), ("b", "done", None), ("p", "done", None)]


def test_a_planned_item_that_a_higher_one_displaces_is_missed_with_the_reason() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT - 1_000)
    device.order(device.play("p", prio=6))
    device.run(10 * MINUTE_MS)
    assert ("a", "missed", "BUSY_HIGHER") in device.results()


def test_a_play_that_may_not_interrupt_waits_for_the_end() -> None:
    device = ready_device()
    device.order(device.play("first"))
    device.run(1_000)
    device.order(device.play("polite", prio=6, play=Play(interrupt="at_item_end")))
    device.run(5 * MINUTE_MS)
    assert device.heard[1] == ("polite", NOON_MS + MINUTE_MS)


def test_a_stop_ends_what_sounds() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT + 10_000)
    device.order(device.command("s", type="stop"))
    device.run(10 * MINUTE_MS)
    assert device.ended == [("a", AT + 10_000, False)]
    assert device.results() == [("a", "cut", "CANCELLED")]
    assert device.last_ack("s").st is ExecutionState.DONE


def test_a_stop_from_below_leaves_what_is_above_it() -> None:
    device = ready_device()
    device.order(device.play("p", prio=6))
    device.run(10_000)
    device.order(device.command("s", type="stop", prio=4))
    device.run(10 * MINUTE_MS)
    assert refusal(device, "s") == (ExecutionState.DONE, None)
    assert device.results() == [("p", "done", None)]


def test_a_stop_with_names_leaves_the_others() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT + 10_000)
    device.order(device.command(type="stop", refs=["b"]))
    device.run(10 * MINUTE_MS)
    assert device.results() == [("a", "done", None)]


@pytest.mark.parametrize("before_ms", [MINUTE_MS, 100])
def test_a_cancel_before_air_keeps_the_item_silent(before_ms: int) -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT - before_ms)
    device.order(device.command(type="cancel", refs=["a"]))
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert device.records() == []
    assert device.announced(ExecutionState.CANCELLED) == {"a"}


def test_a_cancel_on_air_cuts() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT + 5_000)
    device.order(device.command(type="cancel", refs=["a"]))
    device.run(10 * MINUTE_MS)
    assert device.results() == [("a", "cut", "CANCELLED")]


def test_a_cancel_that_comes_before_its_command_leaves_a_tombstone() -> None:
    device = ready_device()
    device.order(device.command(type="cancel", refs=["p"]))
    device.power_cut()
    device.connect()
    device.order(device.play("p"))
    device.run(2 * MINUTE_MS)
    assert device.heard == []
    assert refusal(device, "p") == (ExecutionState.REJECTED, "CANCELLED")


def test_a_cancelled_item_stays_silent_in_a_later_plan() -> None:
    device = ready_device()
    device.order(device.command(type="cancel", refs=["a"]))
    device.plan(device.item("a", AT))
    device.run(10 * MINUTE_MS)
    assert device.heard == []


def test_a_cancel_from_below_is_refused() -> None:
    device = ready_device()
    device.order(device.play("p", prio=6, play=Play(start_at=AT)))
    device.order(device.command("c", type="cancel", refs=["p"], prio=4))
    device.run(10 * MINUTE_MS)
    assert refusal(device, "c") == (ExecutionState.REJECTED, "BUSY_HIGHER")
    assert device.heard == [("p", AT)]


def test_a_play_in_quiet_hours_is_refused() -> None:
    device = ready_device(quiet=[QuietHours(start="11:00", until="13:00")])
    device.order(device.play("p", prio=6))
    device.run(2 * MINUTE_MS)
    assert refusal(device, "p") == (ExecutionState.REJECTED, "QUIET_HOURS")


def test_nothing_but_an_alert_is_played_in_quiet_hours() -> None:
    device = ready_device(quiet=[QuietHours(start="11:00", until="13:00")])
    device.order(device.play("play", prio=9), "alert")
    device.plan(device.item("planned", NOON_MS + MINUTE_MS, prio=9))
    send(device, alert(device, "alert"))
    device.run(2 * MINUTE_MS)
    assert refusal(device, "play") == (ExecutionState.REJECTED, "MALFORMED")
    assert device.heard == [("alert", NOON_MS)]


def test_an_alert_is_heard_at_once_over_a_planned_item_that_claims_its_priority() -> None:
    device = ready_device()
    device.plan(device.item("planned", NOON_MS + MINUTE_MS, dur_ms=30 * MINUTE_MS, prio=9))
    device.run(2 * MINUTE_MS)
    send(device, alert(device, "alert"))
    device.run(MINUTE_MS)
    assert [name for name, _ in device.heard] == ["planned", "alert"]


def test_a_play_repeats_with_gaps_and_ends_at_its_longest() -> None:
    device = ready_device()
    device.order(device.play("p", dur_ms=10_000, play=Play(repeat=3, gap_ms=5_000, max_ms=32_000)))
    device.run(2 * MINUTE_MS)
    assert device.ended == [("p", NOON_MS + 32_000, True)]


def test_a_play_whose_content_never_comes_is_missed_at_its_expiry() -> None:
    device = ready_device()
    device.server_has_content = False
    device.order(device.play("p"))
    device.run(30 * MINUTE_MS)
    assert device.results() == [("p", "missed", "FETCH_FAILED")]
    assert refusal(device, "p") == (ExecutionState.FAILED, "FETCH_FAILED")


def test_volume_holds_until_the_next_desired_state() -> None:
    device = ready_device()
    device.order(device.command(type="volume", volume_pct=35))
    device.plan(device.item("a", AT))
    device.run(10 * MINUTE_MS)
    assert device.records()[0].volume_pct == 35
    device.desire()
    device.plan(device.item("b", device.now + MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.records()[1].volume_pct == 80


def test_by_time_of_day_an_item_is_as_loud_as_desired_when_it_begins() -> None:
    device = ready_device()
    device.desire(volumes=[VolumeHours(start="12:04", until="13:00", volume_pct=40)])
    device.plan(device.item("a", NOON_MS + 2 * MINUTE_MS), device.item("b", NOON_MS + 5 * MINUTE_MS))
    device.run(20 * MINUTE_MS)
    assert [(record.item, record.volume_pct) for record in device.records()] == [("a", 80), ("b", 40)]


def test_answers_are_spread_by_the_device_s_own_share() -> None:
    device = ready_device()
    device.order(device.command("c", jitter_ms=60_000))
    assert device.acks() == []
    device.run(60_000)
    assert device.last_ack("c").st is ExecutionState.DONE
