"""Commands: each refusal with its own code, executed once, and their effect on the sound."""

from __future__ import annotations

import msgspec
import pytest
from joserfc.jwk import OKPKey

from devices.protocol import topics
from devices.protocol.messages import Play, QuietHours, Standing, Target, VolumeHours
from firmware_sim.core.commands.command_handler import SEEN_MAX
from firmware_sim.storage.flash import JournalEntry
from tests.unit.firmware import signing
from tests.unit.firmware.pole import AREA, MINUTE_MS, NOON_MS, Pole, ready_pole

AT = NOON_MS + 5 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS


def refusal(pole: Pole, cid: str) -> tuple[Standing, str | None]:
    ack = pole.last_ack(cid)
    return ack.st, ack.code


def test_a_play_without_an_instant_sounds_at_once_and_is_answered_step_by_step() -> None:
    pole = ready_pole()
    pole.order(pole.play("p"))
    pole.run(2 * MINUTE_MS)
    assert pole.heard == [("p", NOON_MS)]
    assert [ack.st for ack in pole.acks() if ack.cid == "p"] == [Standing.RECEIVED, Standing.STARTED, Standing.DONE]
    assert pole.results() == [("p", "done", None)]


def test_a_play_for_later_sounds_then() -> None:
    pole = ready_pole()
    pole.order(pole.play("p", play=Play(start_at=AT)))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("p", AT)]


def test_a_play_for_later_survives_a_power_cut() -> None:
    pole = ready_pole()
    pole.order(pole.play("p", play=Play(start_at=AT)))
    pole.power_cut(MINUTE_MS)
    pole.run(10 * MINUTE_MS)
    assert pole.heard == [("p", AT)]


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
    pole = ready_pole()
    pole.order(msgspec.structs.replace(pole.play("p"), **change))
    pole.run(2 * MINUTE_MS)
    assert pole.heard == []
    expected = Standing.EXPIRED if code == "EXPIRED" else Standing.REJECTED
    assert refusal(pole, "p") == (expected, code)


@pytest.mark.parametrize(
    ("kid", "key", "code"),
    [
        ("plan", signing.STRANGER, "BAD_SIGNATURE"),
        ("stranger", signing.STRANGER, "UNKNOWN_KEY"),
        ("firmware", signing.FIRMWARE, "KEY_ROLE"),
    ],
)
def test_a_play_that_nobody_trusted_signed_is_refused_and_reported(kid: str, key: OKPKey, code: str) -> None:
    pole = ready_pole()
    pole.deliver(topics.area_command(AREA), signing.signed(pole.play("p"), kid, key))
    pole.run(2 * MINUTE_MS)
    assert pole.heard == []
    assert refusal(pole, "") == (Standing.REJECTED, code)
    assert [(event.type, event.code) for event in pole.events()] == [("security", code)]


def test_a_flood_of_forgeries_is_reported_once_in_a_while() -> None:
    pole = ready_pole()
    for _ in range(50):
        pole.deliver(topics.area_command(AREA), b"forged")
    assert len(pole.events()) == 1


def test_a_repeated_id_is_answered_with_the_stored_result_and_not_played_again() -> None:
    pole = ready_pole()
    command = pole.play("p")
    pole.order(command)
    pole.run(2 * MINUTE_MS)
    pole.order(command)
    pole.run(2 * MINUTE_MS)
    assert len(pole.heard) == 1
    assert refusal(pole, "p") == (Standing.DONE, "DUPLICATE")


def test_a_repeated_id_is_known_after_a_power_cut() -> None:
    pole = ready_pole()
    command = pole.play("p")
    pole.order(command)
    pole.run(2 * MINUTE_MS)
    pole.power_cut()
    pole.connect()
    pole.order(command)
    pole.run(2 * MINUTE_MS)
    assert len(pole.heard) == 1
    assert refusal(pole, "p")[1] == "DUPLICATE"


def test_ids_are_forgotten_when_their_command_has_expired() -> None:
    pole = ready_pole()
    pole.order(pole.command("c"))
    pole.run(2 * HOUR_MS)
    assert pole.flash.facts["seen"] == {}


def test_a_full_memory_refuses_instead_of_forgetting() -> None:
    pole = Pole()
    pole.flash.save([JournalEntry("seen", f"c{n}", {"exp": NOON_MS + HOUR_MS, "st": "done"}) for n in range(SEEN_MAX)])
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.order(pole.play("p"))
    assert refusal(pole, "p") == (Standing.REJECTED, "NO_SPACE")


def test_a_lower_play_is_refused_while_a_higher_one_sounds() -> None:
    pole = ready_pole()
    pole.order(pole.play("high", prio=6))
    pole.run(1_000)
    pole.order(pole.play("low", prio=4))
    assert refusal(pole, "low") == (Standing.REJECTED, "BUSY_HIGHER")


def test_an_equal_play_waits_for_its_turn() -> None:
    pole = ready_pole()
    pole.order(pole.play("first"))
    pole.run(1_000)
    pole.order(pole.play("second"))
    pole.run(5 * MINUTE_MS)
    assert pole.heard == [("first", NOON_MS), ("second", NOON_MS + MINUTE_MS)]


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
    pole = ready_pole()
    pole.plan(pole.item("a", AT, after=after))
    pole.run_until(AT + 20_000)
    pole.order(pole.play("p", prio=6, dur_ms=10_000))
    pole.run(10 * MINUTE_MS)
    assert [item for item, _ in pole.heard] == heard
    assert result in pole.results()
    assert [record.item for record in pole.records()].count("a") == 1
    if after != "drop":
        rest_ms = 40_000 if after == "resume" else MINUTE_MS
        assert pole.ended[-1] == ("a", AT + 30_000 + rest_ms, True)


def test_a_resumed_item_gives_way_to_what_is_planned() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT, after="resume"), pole.item("b", AT + MINUTE_MS))
    pole.run_until(AT + 20_000)
    pole.order(pole.play("p", prio=6, dur_ms=10_000))
    pole.run(10 * MINUTE_MS)
    assert ("b", AT + MINUTE_MS) in pole.heard
    assert sorted(pole.results()) == [("a", "done", None), ("b", "done", None), ("p", "done", None)]


def test_a_planned_item_that_a_higher_one_displaces_is_missed_with_the_reason() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT - 1_000)
    pole.order(pole.play("p", prio=6))
    pole.run(10 * MINUTE_MS)
    assert ("a", "missed", "BUSY_HIGHER") in pole.results()


def test_a_play_that_may_not_interrupt_waits_for_the_end() -> None:
    pole = ready_pole()
    pole.order(pole.play("first"))
    pole.run(1_000)
    pole.order(pole.play("polite", prio=6, play=Play(interrupt="at_item_end")))
    pole.run(5 * MINUTE_MS)
    assert pole.heard[1] == ("polite", NOON_MS + MINUTE_MS)


def test_a_stop_ends_what_sounds() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT + 10_000)
    pole.order(pole.command("s", type="stop"))
    pole.run(10 * MINUTE_MS)
    assert pole.ended == [("a", AT + 10_000, False)]
    assert pole.results() == [("a", "cut", "CANCELLED")]
    assert pole.last_ack("s").st is Standing.DONE


def test_a_stop_from_below_is_refused() -> None:
    pole = ready_pole()
    pole.order(pole.play("p", prio=6))
    pole.run(10_000)
    pole.order(pole.command("s", type="stop", prio=4))
    assert refusal(pole, "s") == (Standing.REJECTED, "BUSY_HIGHER")


def test_a_stop_with_names_leaves_the_others() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT + 10_000)
    pole.order(pole.command(type="stop", refs=["b"]))
    pole.run(10 * MINUTE_MS)
    assert pole.results() == [("a", "done", None)]


@pytest.mark.parametrize("before_ms", [MINUTE_MS, 100])
def test_a_cancel_before_air_keeps_the_item_silent(before_ms: int) -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT - before_ms)
    pole.order(pole.command(type="cancel", refs=["a"]))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []
    assert pole.records() == []
    assert pole.announced(Standing.CANCELLED) == {"a"}


def test_a_cancel_on_air_cuts() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT + 5_000)
    pole.order(pole.command(type="cancel", refs=["a"]))
    pole.run(10 * MINUTE_MS)
    assert pole.results() == [("a", "cut", "CANCELLED")]


def test_a_cancel_that_comes_before_its_command_leaves_a_tombstone() -> None:
    pole = ready_pole()
    pole.order(pole.command(type="cancel", refs=["p"]))
    pole.power_cut()
    pole.connect()
    pole.order(pole.play("p"))
    pole.run(2 * MINUTE_MS)
    assert pole.heard == []
    assert refusal(pole, "p") == (Standing.REJECTED, "CANCELLED")


def test_a_cancelled_item_stays_silent_in_a_later_plan() -> None:
    pole = ready_pole()
    pole.order(pole.command(type="cancel", refs=["a"]))
    pole.plan(pole.item("a", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []


def test_a_cancel_from_below_is_refused() -> None:
    pole = ready_pole()
    pole.order(pole.play("p", prio=6, play=Play(start_at=AT)))
    pole.order(pole.command("c", type="cancel", refs=["p"], prio=4))
    pole.run(10 * MINUTE_MS)
    assert refusal(pole, "c") == (Standing.REJECTED, "BUSY_HIGHER")
    assert pole.heard == [("p", AT)]


def test_a_play_in_quiet_hours_is_refused() -> None:
    pole = ready_pole(quiet=[QuietHours(start="11:00", until="13:00")])
    pole.order(pole.play("p", prio=6))
    pole.run(2 * MINUTE_MS)
    assert refusal(pole, "p") == (Standing.REJECTED, "QUIET_HOURS")


def test_an_alert_is_played_in_quiet_hours() -> None:
    pole = ready_pole(quiet=[QuietHours(start="11:00", until="13:00")])
    pole.order(pole.play("alert", prio=9), "alert")
    pole.run(2 * MINUTE_MS)
    assert pole.heard == [("alert", NOON_MS)]


def test_a_play_repeats_with_gaps_and_ends_at_its_longest() -> None:
    pole = ready_pole()
    pole.order(pole.play("p", dur_ms=10_000, play=Play(repeat=3, gap_ms=5_000, max_ms=32_000)))
    pole.run(2 * MINUTE_MS)
    assert pole.ended == [("p", NOON_MS + 32_000, True)]


def test_a_play_whose_content_never_comes_is_missed_at_its_expiry() -> None:
    pole = ready_pole()
    pole.server_has_content = False
    pole.order(pole.play("p"))
    pole.run(30 * MINUTE_MS)
    assert pole.results() == [("p", "missed", "FETCH_FAILED")]
    assert refusal(pole, "p") == (Standing.FAILED, "FETCH_FAILED")


def test_volume_holds_until_the_next_desired_state() -> None:
    pole = ready_pole()
    pole.order(pole.command(type="volume", volume_pct=35))
    pole.plan(pole.item("a", AT))
    pole.run(10 * MINUTE_MS)
    assert pole.records()[0].volume_pct == 35
    pole.desire()
    pole.plan(pole.item("b", pole.now + MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.records()[1].volume_pct == 80


def test_by_time_of_day_an_item_is_as_loud_as_desired_when_it_begins() -> None:
    pole = ready_pole()
    pole.desire(volumes=[VolumeHours(start="12:04", until="13:00", volume_pct=40)])
    pole.plan(pole.item("a", NOON_MS + 2 * MINUTE_MS), pole.item("b", NOON_MS + 5 * MINUTE_MS))
    pole.run(20 * MINUTE_MS)
    assert [(record.item, record.volume_pct) for record in pole.records()] == [("a", 80), ("b", 40)]


def test_answers_are_spread_by_the_device_s_own_share() -> None:
    pole = ready_pole()
    pole.order(pole.command("c", jitter_ms=60_000))
    assert pole.acks() == []
    pole.run(60_000)
    assert pole.last_ack("c").st is Standing.DONE
