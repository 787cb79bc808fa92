"""Levels of a round: frames of its stretches and pauses, without those in which sound is under way."""

from __future__ import annotations

from collections.abc import Callable

from devices.protocol.limits import ROUND_PAUSES_MAX
from devices.protocol.messages import RoundLevels
from firmware_sim.core.effects import Clip, Part, Silence, Tone
from firmware_sim.sound.round_levels import GUARD_MS, RoundTiming

TONE, WORDS, GAP = Tone("siren-a", 10_000), Clip("0" * 64, 8_000), Silence(2_000)


def timing(*parts: Part) -> RoundTiming:
    found = RoundTiming()
    found.lay(parts, 1_000)
    return found


def loud(found: RoundTiming, *, late_ms: int = 0) -> Callable[[int], float]:
    """Return the level of a box that sounds this, and is heard so much later."""
    spans = found.sounding
    return lambda at_ms: -40.0 if any(since <= at_ms - late_ms < until for since, until in spans) else -60.0


def test_stretches_and_pauses_follow_one_another_and_equal_ones_are_one() -> None:
    found = timing(Silence(500), TONE, WORDS, GAP, WORDS)
    assert found.sounding == [(1_500, 19_500), (21_500, 29_500)]
    assert found.pauses == [(1_000, 1_500), (19_500, 21_500)]
    assert [found.is_pause(at_ms) for at_ms in (900, 1_000, 1_500, 19_499, 19_500, 21_500)] == [
        *(False, True, False, False, True, False)
    ]
    found.lay((GAP,), 40_000)
    assert found.pauses[-1] == (40_000, 42_000)
    assert found.filled_to == 42_000


def test_a_neighbour_up_to_four_hundred_metres_away_is_in_no_frame_of_a_pause() -> None:
    found = timing(TONE, WORDS, GAP, WORDS, GAP, WORDS)
    for late_ms in (0, 600, GUARD_MS):
        assert found.levels(60_000, loud(found, late_ms=late_ms), 60) == RoundLevels(
            sounding_db=-40.0, pause_db=-60.0, pauses=2, amp_ma=60
        )
    late = found.levels(60_000, loud(found, late_ms=GUARD_MS + 200), 60)
    assert late is not None
    assert late.pause_db > -50


def test_the_silence_before_the_first_sound_is_no_pause_and_short_ones_are_not_measured() -> None:
    assert timing(Silence(5_000), TONE, Silence(1_600), WORDS).levels(60_000, lambda _: -50.0, 60) is None
    assert timing(GAP).levels(60_000, lambda _: -50.0, 60) is None
    assert timing(Tone("gong", 1_000), GAP).levels(60_000, lambda _: -50.0, 60) is None


def test_a_round_that_was_cut_is_measured_up_to_its_end() -> None:
    found = timing(TONE, GAP, TONE, GAP, TONE)
    cut = found.levels(16_000, loud(found), 60)
    assert cut is not None
    assert cut.pauses == 1
    assert found.levels(11_500, loud(found), 60) is None


def test_one_loud_frame_in_ten_and_one_in_a_pause_decide() -> None:
    found = timing(TONE, GAP, TONE, GAP, TONE)
    softer = found.levels(60_000, lambda at: -50.0 if at < 5_200 else loud(found)(at), 60)
    assert softer is not None
    assert softer.sounding_db == -50.0
    passing = found.levels(60_000, lambda at: -30.0 if 12_000 <= at < 13_000 else loud(found)(at), 60)
    assert passing is not None
    assert passing.pause_db == -30.0


def test_more_pauses_than_a_message_may_name_are_the_most_it_may() -> None:
    found = timing(*[part for _ in range(ROUND_PAUSES_MAX + 2) for part in (Tone("siren-a", 2_000), GAP)])
    measured = found.levels(10**7, loud(found), 60)
    assert measured is not None
    assert measured.pauses == ROUND_PAUSES_MAX
