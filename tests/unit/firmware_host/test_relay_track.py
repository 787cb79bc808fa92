"""Track of a relay: the stream while there is one, the stand-in from the very sample where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from firmware_sim.core.relays.relay_streams import RelayFeed
from firmware_sim.relays.stream import SILENCE_DB, RelayTrack, level_db
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.loudspeaker import Loudspeaker

RATE = 1_000
"""One sample per millisecond."""


def tone(count: int, level: int = 1_000) -> Samples:
    return np.full(count, level, dtype=np.int16)


class Tap:
    """Track with 100 ms kept, and a stand-in of 30 ms with a gap of 20."""

    def __init__(self, *, is_paced: bool = False) -> None:
        self.dry = 0
        self.track = RelayTrack(RATE, 100, is_paced=is_paced, on_dry=self._ran_dry)
        self.track.stand_in(tone(30, 7), 20)

    def _ran_dry(self) -> None:
        self.dry += 1

    def taken(self, count: int) -> list[int]:
        """Take samples, and return the levels, runs as one, in their order."""
        found: list[int] = []
        while count > 0:
            block = self.track.take(count)
            assert 0 < len(block) <= count
            count -= len(block)
            for level in map(int, block):
                if not found or found[-1] != level:
                    found.append(level)
        return found


def test_before_anything_is_told_it_is_silent_and_never_over() -> None:
    tap = Tap()
    tap.track.put(tone(500))
    assert tap.taken(40) == [0]
    assert not tap.track.is_over
    assert tap.track.turned() == "nothing"
    assert tap.track.turned() is None


def test_of_a_live_stream_only_the_newest_is_kept_while_nobody_sounds_it() -> None:
    tap = Tap()
    for number in range(10):
        tap.track.put(tone(50, number))
    assert 100 <= tap.track.held_ms < 150
    tap.track.turn_to(RelayFeed.STREAM, gathers=False)
    assert tap.taken(100) == [8, 9]
    assert not tap.track.is_full


def test_the_stand_in_begins_in_the_sample_in_which_the_stream_ends_and_comes_round() -> None:
    tap = Tap()
    tap.track.put(tone(100, 5))
    tap.track.turn_to(RelayFeed.STREAM, gathers=False)
    assert tap.taken(100) == [5]
    assert (tap.track.turned(), tap.dry) == ("stream", 0)
    assert tap.taken(100) == [7, 0, 7, 0]
    assert (tap.track.turned(), tap.dry) == ("fallback", 1)
    tap.track.put(tone(100, 6))
    assert tap.taken(30) == [7]
    assert tap.dry == 1


def test_the_stand_in_begins_from_its_beginning_each_time_and_goes_on_while_the_stream_gathers() -> None:
    tap = Tap()
    tap.track.turn_to(RelayFeed.FALLBACK, gathers=False)
    assert tap.taken(20) == [7]
    tap.track.turn_to(RelayFeed.FALLBACK, gathers=True)
    assert tap.taken(30) == [7, 0]
    tap.track.put(tone(40, 4))
    tap.track.turn_to(RelayFeed.STREAM, gathers=False)
    assert tap.taken(40) == [4]
    tap.track.turn_to(RelayFeed.FALLBACK, gathers=False)
    assert tap.taken(30) == [7]


def test_what_is_sounded_may_run_ahead_a_little_and_no_more() -> None:
    tap = Tap()
    tap.track.put(tone(100))
    tap.track.turn_to(RelayFeed.STREAM, gathers=False)
    tap.taken(10)
    tap.track.turned()
    for _ in range(30):
        tap.track.put(tone(100))
    assert 1_200 <= tap.track.held_ms < 1_300


def test_a_paced_stream_is_never_dropped_while_it_sounds_or_gathers() -> None:
    tap = Tap(is_paced=True)
    for _ in range(10):
        tap.track.put(tone(100))
    assert (tap.track.held_ms, tap.track.is_full) == (1_000, True)
    tap.track.turn_to(RelayFeed.FALLBACK, gathers=False)
    for _ in range(10):
        tap.track.put(tone(50))
    assert (tap.track.held_ms, tap.track.is_full) == (100, False)
    tap.track.turn_to(RelayFeed.FALLBACK, gathers=True)
    for _ in range(10):
        tap.track.put(tone(50))
    assert tap.track.is_full
    tap.track.turn_to(RelayFeed.STREAM, gathers=False)
    assert tap.taken(500) == [1_000]


def test_without_a_stand_in_there_is_silence() -> None:
    tap = Tap()
    tap.track.stand_in(tone(0), 0)
    tap.track.turn_to(RelayFeed.FALLBACK, gathers=False)
    assert tap.taken(10) == [0]


def test_how_loud_a_piece_is() -> None:
    assert level_db(0) == SILENCE_DB
    assert round(level_db(32_768**2)) == 0


class Card:
    """Loudspeaker of a thousand samples a second in virtual time, with its callbacks."""

    def __init__(self, folder: Path) -> None:
        self.told: list[tuple[str, str, int]] = []
        self.card = Loudspeaker(
            folder,
            RATE,
            on_start=lambda item, at: self.told.append(("start", item, at)),
            on_end=lambda item, at, whole: self.told.append(("whole" if whole else "cut", item, at)),
            on_turn=lambda item, what, at: self.told.append((what, item, at)),
            ring_ms=100,
        )

    def run(self, until_ms: int, from_ms: int = 0) -> None:
        for now in range(from_ms, until_ms + 1, 20):
            self.card.render(1_000_000 + now)


def test_a_relay_ends_at_its_instant_whatever_it_sounds(tmp_path: Path) -> None:
    card, tap = Card(tmp_path), Tap()
    tap.track.put(tone(100, 5))
    tap.track.turn_to(RelayFeed.STREAM, gathers=False)
    card.card.start_relay("r", tap.track, at_ms=1_000_200, until_ms=1_000_500, cuts=False)
    card.run(1_000)
    assert card.told == [
        ("start", "r", 1_000_200),
        ("stream", "r", 1_000_200),
        ("fallback", "r", 1_000_300),
        ("whole", "r", 1_000_500),
    ]


def test_a_relay_that_comes_after_its_end_is_over_at_once(tmp_path: Path) -> None:
    card, tap = Card(tmp_path), Tap()
    card.run(600)
    card.card.start_relay("r", tap.track, at_ms=1_000_200, until_ms=1_000_500, cuts=False)
    card.run(1_000, 620)
    assert [what for what, _, _ in card.told] == ["start", "whole"]


def test_a_relay_that_is_stopped_is_silent(tmp_path: Path) -> None:
    card, tap = Card(tmp_path), Tap()
    card.card.start_relay("r", tap.track, at_ms=1_000_200, until_ms=1_009_000, cuts=False)
    card.run(400)
    card.card.stop("r")
    card.run(800, 420)
    assert card.told[-1][:2] == ("cut", "r")
