"""Play-out clock in virtual time, written to real files."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import RecordedSegment, read_segment
from firmware_sim.sound import loudspeaker as loudspeaker_module
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.loudspeaker import LEVELS_KEPT, MARGIN_MS, Loudspeaker
from firmware_sim.sound.track import Track

RATE_HZ = 16_000
T0 = 1_795_496_400_000
TICK_MS = 20
RING_MS = 120
SIREN_BAR_MS = 100


class CardHarness:
    """Sound card driven by hand; ``starts`` and ``ends`` are its callbacks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_ms = float(T0)
        self.starts: list[tuple[str, int]] = []
        self.ends: list[tuple[str, int, bool]] = []
        self.card = Loudspeaker(
            folder,
            RATE_HZ,
            on_start=lambda *what: self.starts.append(what),
            on_end=lambda *what: self.ends.append(what),
            ring_ms=RING_MS,
        )
        self.card.render(self.now_ms)

    def play(self, item: str, level: int, *, at: int, length_ms: int, cuts: bool = False, offset_ms: int = 0) -> None:
        samples = np.full(length_ms * RATE_HZ // 1000, level, dtype=np.int16)
        self.card.start(item, samples, at_ms=at, offset_ms=offset_ms, cuts=cuts)

    def run(self, for_ms: int, *, tick_ms: float = TICK_MS) -> None:
        until = self.now_ms + for_ms
        while self.now_ms < until:
            self.now_ms = min(until, self.now_ms + tick_ms)
            self.card.render(self.now_ms)

    def recording(self) -> RecordedSegment:
        self.card.close()
        paths = sorted(self.folder.glob("*.wav"))
        return read_segment(paths[0])

    def signal(self) -> Samples:
        return self.recording().samples

    def span_ms(self, level: int) -> tuple[float, float]:
        """Return the start and end of the level in the file, ms after T0."""
        places = np.flatnonzero(self.signal() == level)
        return float(places[0]) * 1000 / RATE_HZ, float(places[-1] + 1) * 1000 / RATE_HZ


@pytest.fixture
def harness(tmp_path: Path) -> CardHarness:
    return CardHarness(tmp_path)


def test_an_item_lies_at_its_exact_sample(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 503, length_ms=200)
    harness.run(1_000, tick_ms=17.3)
    assert harness.starts == [("a", T0 + 503)]
    assert harness.ends == [("a", T0 + 703, True)]
    assert harness.span_ms(100) == (503.0, 703.0)


def test_position_in_the_file_is_time(harness: CardHarness) -> None:
    harness.run(1_000)
    assert len(harness.signal()) == RATE_HZ


def test_at_once_means_as_soon_as_the_card_can(harness: CardHarness) -> None:
    harness.run(100)
    harness.play("a", 100, at=T0 + 100, length_ms=100)
    harness.run(1_000)
    assert harness.starts == [("a", T0 + 100 + RING_MS)]


def test_a_start_is_told_only_when_it_has_sounded(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=100)
    harness.run(180)
    assert harness.starts == []
    harness.run(40)
    assert harness.starts == [("a", T0 + 200)]


def test_a_process_that_was_held_up_starts_late_and_says_so(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 500, length_ms=200)
    harness.run(300)
    harness.now_ms = T0 + 900
    harness.card.render(harness.now_ms)
    harness.run(500)
    assert harness.starts == [("a", T0 + 900)]
    assert harness.card.underruns == 1
    assert harness.span_ms(100) == (900.0, 1_100.0)
    assert harness.recording().gaps == ()


def test_a_hold_up_in_the_middle_leaves_a_gap(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=400)
    harness.run(300)
    harness.now_ms = T0 + 700
    harness.card.render(harness.now_ms)
    harness.run(1_000)
    recording = harness.recording()
    signal = recording.samples
    assert int(np.count_nonzero(signal == 100)) == 400 * RATE_HZ // 1000
    gap = signal[(300 + RING_MS) * RATE_HZ // 1000 : 700 * RATE_HZ // 1000]
    assert not gap.any()
    assert recording.held_up_ms(0, len(signal)) == len(gap) * 1000 / RATE_HZ
    assert recording.held_up_ms(0, recording.gaps[0][0]) == 0
    sounded = np.flatnonzero(recording.without_gaps() == 100)
    assert (sounded[0], sounded[-1] + 1) == (200 * RATE_HZ // 1000, 600 * RATE_HZ // 1000)
    assert harness.ends == [("a", T0 + 700 + 400 - 100 - RING_MS, True)]


def test_a_higher_item_cuts_at_its_own_instant(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=500)
    harness.run(250)
    harness.play("b", 200, at=T0 + 500, length_ms=100, cuts=True)
    harness.run(1_000)
    assert harness.ends == [("a", T0 + 500, False), ("b", T0 + 600, True)]
    assert harness.span_ms(100) == (200.0, 500.0)


def test_an_equal_item_follows_without_a_gap(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=300)
    harness.run(250)
    harness.play("b", 200, at=T0 + 490, length_ms=100)
    harness.run(1_000)
    assert harness.starts[1] == ("b", T0 + 500)


def test_a_stop_ends_the_sound_and_tells_where(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=900)
    harness.run(400)
    harness.card.stop("a")
    harness.run(300)
    assert harness.ends == [("a", T0 + 400 + TICK_MS + MARGIN_MS, False)]
    assert harness.span_ms(100) == (200.0, 400.0 + TICK_MS + MARGIN_MS)


def test_what_waits_can_be_taken_back_unheard(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 500, length_ms=100)
    harness.card.stop("a")
    harness.run(1_000)
    assert harness.starts == []
    assert [(item, whole) for item, _, whole in harness.ends] == [("a", False)]


def test_a_stop_for_another_item_changes_nothing(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=100)
    harness.card.stop("b")
    harness.run(1_000)
    assert harness.ends == [("a", T0 + 300, True)]


def test_an_item_can_go_on_from_its_middle(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=300, offset_ms=200)
    harness.run(1_000)
    assert harness.span_ms(100) == (200.0, 300.0)


def test_a_clock_that_is_set_back_begins_a_new_file(harness: CardHarness) -> None:
    harness.run(5_000)
    harness.now_ms = T0 + 1_000
    harness.card.render(harness.now_ms)
    harness.run(100)
    harness.card.close()
    assert len(list(harness.folder.glob("*.wav"))) == 2


def test_a_new_file_begins_each_hour_without_losing_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudspeaker_module, "SEGMENT_MAX_MS", 1_000)
    harness = CardHarness(tmp_path)
    harness.run(2_000)
    harness.card.close()
    first, second, *_ = (read_segment(path) for path in sorted(tmp_path.glob("*.wav")))
    assert second.sample0_at_ms == first.sample0_at_ms + len(first.samples) * 1000 // RATE_HZ


def test_a_card_without_power_writes_nothing(harness: CardHarness) -> None:
    harness.run(500)
    harness.card.close()
    harness.run(500)
    assert len(list(harness.folder.glob("*.wav"))) == 1
    assert len(harness.signal()) == RATE_HZ // 2


def test_the_file_is_an_ordinary_wav(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 100, length_ms=100)
    harness.run(1_000)
    harness.card.close()
    with wave.open(str(next(harness.folder.glob("*.wav")))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        assert file.getnframes() == RATE_HZ


def test_a_killed_process_leaves_a_readable_file(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 100, length_ms=100)
    harness.run(1_000)
    recording = read_segment(next(harness.folder.glob("*.wav")))
    assert recording.sample0_at_ms == T0
    assert int(np.count_nonzero(recording.samples)) == 100 * RATE_HZ // 1000


def track(*levels: tuple[int, int], is_open: bool = False) -> Track:
    """Make a track of parts (level, ms); its filler has level 7."""
    made = Track(np.full(100, 7, dtype=np.int16))
    made.extend([part(level, ms) for level, ms in levels], is_open=is_open)
    return made


def part(level: int, ms: int) -> Samples:
    return np.full(ms * RATE_HZ // 1000, level, dtype=np.int16)


def test_a_siren_does_not_wait_for_what_the_ring_holds(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 200, length_ms=900)
    harness.run(400)
    harness.card.start_track("siren", track((300, 200)))
    harness.run(1_000)
    began = T0 + 400 + TICK_MS + MARGIN_MS
    assert harness.starts == [("a", T0 + 200), ("siren", began)]
    assert harness.ends == [("a", began, False), ("siren", began + 200, True)]
    assert harness.span_ms(300) == (began - T0, began - T0 + 200)
    assert SIREN_BAR_MS > TICK_MS + MARGIN_MS


def test_what_had_begun_in_the_ring_only_is_told_as_unheard(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 480, length_ms=900)
    harness.run(400)
    harness.card.start_track("siren", track((300, 200)))
    harness.run(1_000)
    assert [item for item, _ in harness.starts] == ["siren"]
    assert harness.ends[0] == ("a", T0 + 400 + TICK_MS + MARGIN_MS, False)
    assert not (harness.signal() == 100).any()


def test_what_had_ended_in_the_ring_only_is_told_as_cut(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 100, length_ms=370)
    harness.run(380)
    harness.card.start_track("siren", track((300, 200)))
    harness.run(1_000)
    assert harness.ends[0] == ("a", T0 + 380 + TICK_MS + MARGIN_MS, False)


def test_what_waits_is_taken_back_by_a_siren(harness: CardHarness) -> None:
    harness.play("a", 100, at=T0 + 5_000, length_ms=100)
    harness.card.start_track("siren", track((300, 200)))
    harness.run(1_000)
    assert [(item, whole) for item, _, whole in harness.ends] == [("a", False), ("siren", True)]


def test_a_second_siren_before_the_first_was_heard_takes_its_place(harness: CardHarness) -> None:
    harness.card.start_track("one", track((300, 200)))
    harness.card.start_track("two", track((400, 200)))
    harness.run(1_000)
    assert [item for item, _ in harness.starts] == ["two"]
    assert [(item, whole) for item, _, whole in harness.ends] == [("one", False), ("two", True)]


def test_an_open_track_goes_on_until_it_is_extended(harness: CardHarness) -> None:
    harness.card.start_track("siren", track((300, 200), is_open=True))
    harness.run(1_000)
    assert harness.ends == []
    harness.card.extend("siren", [part(400, 100)], is_open=False)
    harness.card.extend("another", [part(500, 100)], is_open=False)
    harness.run(1_000)
    words_from = 1_000 + RING_MS
    assert harness.ends == [("siren", T0 + words_from + 100, True)]
    assert harness.span_ms(400) == (words_from, words_from + 100)
    assert harness.span_ms(7) == (240.0, words_from)


def test_a_track_that_is_extended_in_time_goes_on_without_a_filler(harness: CardHarness) -> None:
    harness.card.start_track("siren", track((300, 400), is_open=True))
    harness.run(100)
    harness.card.extend("siren", [part(400, 100)], is_open=False)
    harness.run(1_000)
    assert harness.span_ms(400) == (440.0, 540.0)
    assert not (harness.signal() == 7).any()


def test_an_open_track_ends_when_it_is_closed_with_nothing_more(harness: CardHarness) -> None:
    harness.card.start_track("siren", track((300, 100), is_open=True))
    harness.run(500)
    harness.card.extend("siren", [], is_open=False)
    harness.run(500)
    assert harness.ends == [("siren", T0 + 500 + RING_MS, True)]


def test_a_siren_that_is_stopped_before_it_began_is_told_as_unheard(harness: CardHarness) -> None:
    harness.card.start_track("siren", track((300, 100)))
    harness.card.stop("siren")
    harness.run(500)
    assert harness.starts == []
    assert [(item, whole) for item, _, whole in harness.ends] == [("siren", False)]


def test_the_level_is_that_of_what_was_sounded(harness: CardHarness) -> None:
    harness.card.start_track("siren", track((16_384, 100)))
    harness.run(500)
    assert harness.card.level("siren") == pytest.approx(0.5)
    assert harness.card.level("nothing") is None
    for number in range(LEVELS_KEPT):
        harness.card.start_track(f"n{number}", track((100, 20)))
        harness.run(200)
    assert harness.card.level("siren") is None


def test_a_recording_of_an_older_simulator_is_read_as_one_without_gaps(harness: CardHarness) -> None:
    harness.run(100)
    beside = harness.recording().path.with_suffix(".json")
    about = json.loads(beside.read_text())
    del about["gaps"]
    beside.write_text(json.dumps(about))
    assert harness.recording().gaps == ()
