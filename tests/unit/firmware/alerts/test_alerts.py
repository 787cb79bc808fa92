"""Single alert: its rounds, its words and its answers."""

from __future__ import annotations

import pytest

from devices.protocol import topics
from devices.protocol.messages import Blasts, ExecutionState, QuietHours
from firmware_sim.core.alerts.round_player import SPEECH_WAIT_MS, TONES_MAX
from firmware_sim.core.alerts.speech_store import UNCLAIMED_MAX
from firmware_sim.core.effects import Fetch, ShowText, StartTrack
from tests.unit.firmware.alert_messages import (
    AGAIN,
    GAP_MS,
    RADE,
    ROUND_MS,
    TONE_MS,
    VI,
    WORDS_MS,
    alert,
    later,
    send,
    sha,
    speech,
    stood,
    tones,
    turns,
)
from tests.unit.firmware.device_harness import AREA, IDLE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device
from tests.unit.firmware.recording_card import PROOF
from tests.unit.firmware.sync_requests import answer

WORDS = [("vi", WORDS_MS)] * 3


def test_an_alert_sounds_its_siren_at_once_and_then_its_words_three_times() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(2 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS)]
    assert tones(device) == [("siren-a", TONE_MS), *WORDS]
    starts = [at - NOON_MS for _, at, _ in device.sounds]
    assert starts == [0, TONE_MS, TONE_MS + WORDS_MS + GAP_MS, TONE_MS + 2 * (WORDS_MS + GAP_MS)]


def test_an_alert_is_answered_step_by_step_with_proof_and_recorded() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(2 * MINUTE_MS)
    assert stood(device, "a") == [("received", None), ("started", None), ("done", None)]
    assert device.last_ack("a").proof == PROOF
    record = device.records()[0]
    assert (record.item, record.result, record.code, record.proof) == ("a", "done", None, PROOF)
    assert (record.sha256, record.started_at, record.ended_at) == (sha(VI), NOON_MS, NOON_MS + ROUND_MS)


def test_the_card_has_the_siren_before_anything_is_fetched() -> None:
    device = ready_device()
    device.done.clear()
    send(device, alert(device))
    kinds = [type(effect) for effect in device.done if isinstance(effect, StartTrack | Fetch)]
    assert kinds == [StartTrack, Fetch]


def test_the_id_is_on_flash_before_the_siren() -> None:
    device = ready_device()
    device.done.clear()
    send(device, alert(device))
    before = device.done[: [type(effect) for effect in device.done].index(StartTrack)]
    kinds = {entry.kind for effect in before for entry in getattr(effect, "entries", ())}
    assert {"seen", "alert", "alarm"} <= kinds


def test_a_siren_begins_at_once_and_is_longer_where_it_wakes_the_amplifier() -> None:
    device = ready_device()
    device.desire(amp_wake_ms=1_500)
    send(device, alert(device, rounds_ms=[ROUND_MS + 9_000, 10 * MINUTE_MS]))
    device.run(20 * MINUTE_MS)
    longer = ("siren-a", TONE_MS + 1_500)
    assert tones(device) == [longer, *WORDS, ("siren-a", TONE_MS), *WORDS, longer, *WORDS]
    assert device.records()[0].started_at == NOON_MS


def test_words_without_a_siren_follow_the_silence_that_wakes_the_amplifier() -> None:
    device = ready_device()
    device.desire(amp_wake_ms=1_500)
    send(device, alert(device, tone_ms=0))
    device.run(MINUTE_MS)
    assert device.sounds[0][1] == NOON_MS + 1_500
    assert device.records()[0].started_at == NOON_MS + 1_500


def test_only_the_first_blast_of_a_series_wakes_the_amplifier() -> None:
    device = ready_device()
    device.desire(amp_wake_ms=1_500)
    send(device, alert(device, blasts=Blasts(count=2, on_ms=3_000, off_ms=1_000), times=1))
    device.run(MINUTE_MS)
    assert tones(device) == [("siren-a", 4_500), ("siren-a", 3_000), WORDS[0]]


def test_several_languages_are_said_in_order() -> None:
    device = ready_device()
    send(device, alert(device, speech=[speech(device), speech(device, RADE)], times=2))
    device.run(2 * MINUTE_MS)
    assert [name for name, _ in tones(device)] == ["siren-a", "vi", "rade", "vi", "rade"]


def test_an_alert_without_words_is_its_tone() -> None:
    device = ready_device()
    send(device, alert(device, speech=[], tone="siren-c"))
    device.run(MINUTE_MS)
    assert tones(device) == [("siren-c", TONE_MS)]
    assert stood(device, "a")[-1] == ("done", None)


def test_an_alert_without_a_tone_begins_with_its_words() -> None:
    device = ready_device()
    send(device, alert(device, tone_ms=0))
    device.run(MINUTE_MS)
    assert tones(device) == [("siren-a", 0), *WORDS]


def test_words_that_come_late_follow_the_gong() -> None:
    device = ready_device()
    device.server_has_content = False
    send(device, alert(device))
    device.run(TONE_MS + 7_000)
    assert stood(device, "a")[-1] == ("started", "FETCH_FAILED")
    device.deliver(topics.area_speech(AREA, sha(VI)), VI)
    device.run(MINUTE_MS)
    assert tones(device) == [("siren-a", TONE_MS), ("filler", 7_000), *WORDS]
    assert stood(device, "a")[-1] == ("done", None)


def test_without_words_the_tone_comes_again_and_the_round_ends_honestly() -> None:
    device = ready_device()
    device.server_has_content = False
    send(device, alert(device))
    device.run(10 * MINUTE_MS)
    assert len(device.heard) == 1
    assert tones(device) == [("siren-a", TONE_MS), ("filler", SPEECH_WAIT_MS)] * TONES_MAX
    assert ("a", "cut", "FETCH_FAILED") in device.results()
    assert ("done", None) not in stood(device, "a")


def test_words_that_come_after_a_round_without_them_are_said_in_a_round_of_their_own() -> None:
    device = ready_device()
    device.server_has_content = False
    send(device, alert(device))
    device.run(10 * MINUTE_MS)
    device.deliver(topics.area_speech(AREA, sha(VI)), VI)
    device.run(2 * MINUTE_MS)
    assert device.heard == [("a", NOON_MS), ("a", later(10))]
    assert tones(device)[-4:] == [("siren-a", TONE_MS), *WORDS]
    assert stood(device, "a")[-1] == ("done", None)


def test_the_first_language_does_not_wait_for_the_others_which_join_at_the_next_round() -> None:
    device = ready_device()
    wanted = [speech(device), speech(device, RADE)]
    device.server_has_content = False
    device.deliver(topics.area_speech(AREA, sha(VI)), VI)
    send(device, alert(device, speech=wanted, times=1, rounds_ms=[MINUTE_MS]))
    device.run(30_000)
    assert [name for name, _ in tones(device)] == ["siren-a", "vi"]
    assert stood(device, "a")[-1] == ("done", "FETCH_FAILED")
    device.deliver(topics.area_speech(AREA, sha(RADE)), RADE)
    device.run(2 * MINUTE_MS)
    assert [name for name, _ in tones(device)][2:] == ["siren-a", "vi", "rade"]


def test_another_language_alone_waits_for_the_first_as_long_as_the_gong_goes_on() -> None:
    device = ready_device()
    wanted = [speech(device), speech(device, RADE)]
    device.server_has_content = False
    device.deliver(topics.area_speech(AREA, sha(RADE)), RADE)
    send(device, alert(device, speech=wanted, times=1))
    device.run(MINUTE_MS)
    assert tones(device) == [("siren-a", TONE_MS), ("filler", SPEECH_WAIT_MS), ("rade", WORDS_MS)]


def test_words_that_came_before_their_alert_are_not_fetched() -> None:
    device = ready_device()
    device.server_has_content = False
    device.deliver(topics.area_speech(AREA, sha(VI)), VI)
    command = alert(device)
    device.fetched.clear()
    send(device, command)
    device.run(2 * MINUTE_MS)
    assert device.fetched == []
    assert tones(device) == [("siren-a", TONE_MS), *WORDS]


def test_words_that_are_not_what_their_topic_says_are_never_said() -> None:
    device = ready_device()
    device.server_has_content = False
    device.deliver(topics.area_speech(AREA, sha(VI)), b"evacuate to the river")
    send(device, alert(device))
    device.deliver(topics.area_speech(AREA, sha(VI)), b"evacuate to the river")
    device.run(5 * MINUTE_MS)
    assert {name for name, _ in tones(device)} == {"siren-a", "filler"}


def test_a_flood_of_words_that_no_alert_names_takes_a_bounded_memory_and_no_flash() -> None:
    device = ready_device()
    device.server_has_content = False
    device.deliver(topics.area_speech(AREA, sha(VI)), VI)
    for number in range(UNCLAIMED_MAX):
        other = b"%d" % number
        device.deliver(topics.area_speech(AREA, sha(other)), other)
    assert device.flash.content == {}
    send(device, alert(device))
    assert sha(VI) in {fetch.sha256 for fetch in device.fetched}


def test_words_too_long_for_a_message_are_fetched_only() -> None:
    device = ready_device()
    long = b"x" * (48 * 1024 + 1)
    device.deliver(topics.area_speech(AREA, sha(long)), long)
    send(device, alert(device, speech=[speech(device, long)]))
    assert sha(long) in {fetch.sha256 for fetch in device.fetched}


def test_later_rounds_come_by_the_preset_and_say_when_the_alert_was_issued() -> None:
    device = ready_device()
    rounds_ms = [5 * MINUTE_MS, 10 * MINUTE_MS]
    again = [speech(device, AGAIN)]
    send(device, alert(device, exp=later(75), times=1, rounds_ms=rounds_ms, every_ms=30 * MINUTE_MS, again=again))
    device.run(120 * MINUTE_MS)
    assert [at for _, at in device.heard] == [NOON_MS, later(5), later(10), later(40), later(70)]
    assert [name for name, _ in tones(device)] == ["siren-a", "vi", *["siren-a", "again"] * 4]
    assert [record.planned_at for record in device.records()] == [NOON_MS, later(5), later(10), later(40), later(70)]
    found = [(st, number, number) for number in range(1, 6) for st in ("started", "done")]
    assert turns(device, "a") == found
    assert [(record.round, record.turn) for record in device.records()] == [(number, number) for number in range(1, 6)]
    assert stood(device, "a")[-1] == ("done", None)


def test_a_device_that_gets_it_late_says_when_it_was_issued_and_joins_the_rounds() -> None:
    device = ready_device()
    command = alert(device, times=1, rounds_ms=[10 * MINUTE_MS, 30 * MINUTE_MS], again=[speech(device, AGAIN)])
    device.run(20 * MINUTE_MS)
    send(device, command)
    answer(device)
    device.run(60 * MINUTE_MS)
    assert [at for _, at in device.heard] == [later(20), later(30)]
    assert {name for name, _ in tones(device)} == {"siren-a", "again"}


def test_a_round_that_is_due_while_one_sounds_is_that_round() -> None:
    device = ready_device()
    send(device, alert(device, every_ms=20_000, exp=NOON_MS + MINUTE_MS))
    device.run(5 * MINUTE_MS)
    assert [at - NOON_MS for _, at in device.heard] == [0, 40_000]


def test_no_round_begins_after_the_expiry_but_one_that_sounds_is_heard_to_its_end() -> None:
    device = ready_device()
    send(device, alert(device, exp=NOON_MS + TONE_MS, every_ms=MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.ended == [("a", NOON_MS + ROUND_MS, True)]


def test_the_same_alert_again_is_answered_and_not_sounded_again() -> None:
    device = ready_device()
    command = alert(device)
    for _ in range(3):
        send(device, command)
    device.run(2 * MINUTE_MS)
    device.disconnect()
    device.connect()
    send(device, command)
    device.run(2 * MINUTE_MS)
    assert len(device.heard) == 1
    assert stood(device, "a")[-1] == ("done", "DUPLICATE")


def test_an_alert_ignores_quiet_hours_and_sounds_at_its_own_volume() -> None:
    device = ready_device(quiet=[QuietHours(start="11:00", until="13:00")])
    send(device, alert(device, "a"))
    send(device, alert(device, "b", level=3, volume_pct=90))
    volumes = [effect.volume_pct for effect in device.done if isinstance(effect, StartTrack)]
    assert volumes == [100, 90]


def test_what_an_alert_cut_goes_on_by_its_own_rule_at_its_own_volume() -> None:
    device = ready_device()
    device.plan(device.item("kept", later(5), after="resume"))
    device.run_until(later(5) + 20_000)
    send(device, alert(device))
    device.run(10 * MINUTE_MS)
    resumed_at = later(5) + 20_000 + ROUND_MS
    assert device.heard == [("kept", later(5)), ("a", later(5) + 20_000), ("kept", resumed_at)]
    assert device.ended[-1] == ("kept", resumed_at + 40_000, True)
    assert {record.item: record.volume_pct for record in device.records()} == {"a": 100, "kept": 80}


def test_what_is_planned_while_an_alert_sounds_is_missed_with_the_reason() -> None:
    device = ready_device()
    device.plan(device.item("b", later(5)))
    device.run_until(later(5) - 10_000)
    send(device, alert(device))
    device.run(10 * MINUTE_MS)
    assert ("b", "missed", "BUSY_HIGHER") in device.results()


def test_what_the_card_already_waits_for_gives_way() -> None:
    device = ready_device()
    device.plan(device.item("b", later(5), after="resume"))
    device.run_until(later(5) - 100)
    send(device, alert(device))
    device.run(10 * MINUTE_MS)
    assert [item for item, _ in device.heard] == ["a", "b"]


def test_words_that_the_card_cannot_read_are_fetched_again_and_reported() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(2_000)
    device.fetched.clear()
    device.spoil(sha(VI))
    assert [fetch.sha256 for fetch in device.fetched] == [sha(VI)]
    assert ("fault", "HASH_MISMATCH") in [(event.type, event.code) for event in device.events()]


def test_a_round_the_card_ends_by_itself_is_tried_again() -> None:
    device = ready_device()
    send(device, alert(device))
    device.run(3_000)
    device.lose_card("a#1")
    device.run(2 * MINUTE_MS)
    assert [at - NOON_MS for _, at in device.heard] == [0, 8_000]
    assert stood(device, "a")[-1] == ("done", None)


def test_the_board_is_told_what_ends_a_warning() -> None:
    device = ready_device()
    send(device, alert(device, "a", calm=True))
    assert isinstance(device.screen, ShowText)
    assert device.screen.is_calm
    send(device, alert(device, "b", level=3))
    assert isinstance(device.screen, ShowText)
    assert not device.screen.is_calm


def test_the_board_shows_the_highest_alert_until_its_end() -> None:
    device = ready_device()
    send(device, alert(device, "a", level=1, exp=later(20)))
    send(device, alert(device, "b", level=3, exp=later(10), text="Leave now."))
    screen = device.screen
    assert isinstance(screen, ShowText)
    assert (screen.head, screen.text, screen.level, screen.is_drill) == ("head b", "Leave now.", 3, False)
    assert screen.until_ms == later(10)
    device.run_until(later(11))
    assert device.screen is not None
    assert device.screen.head == "head a"
    device.power_cut()
    assert device.screen.head == "head a"
    device.run_until(later(21))
    assert device.screen is None


def test_a_silent_drill_does_everything_but_the_sound() -> None:
    device = ready_device()
    device.plan(device.item("b", later(5)))
    device.run_until(later(5) + 1_000)
    send(device, alert(device, "d", drill=True, silent=True, every_ms=MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert [item for item, _ in device.heard] == ["b"]
    assert stood(device, "d") == [("received", None), ("done", None)]
    assert device.last_ack("d").proof == IDLE
    assert device.results() == [("b", "done", None)]


def test_a_silent_drill_whose_words_never_come_has_failed() -> None:
    device = ready_device()
    device.server_has_content = False
    send(device, alert(device, "d", drill=True, silent=True, exp=later(5)))
    device.power_cut()
    device.connect()
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert stood(device, "d")[-1] == ("failed", "FETCH_FAILED")


def test_a_drill_sounds_the_drill_s_tone_whatever_it_names() -> None:
    device = ready_device()
    send(device, alert(device, "d", drill=True, tone="siren-b"))
    device.run(2 * MINUTE_MS)
    assert tones(device) == [("drill", TONE_MS), *WORDS]


@pytest.mark.parametrize("jitter_ms", [0, 300])
def test_answers_keep_to_the_command_s_spread(jitter_ms: int) -> None:
    device = ready_device()
    command = alert(device)
    send(device, DeviceHarness.changed(command, jitter_ms=jitter_ms))
    device.run(jitter_ms)
    assert device.last_ack("a").st is ExecutionState.STARTED
