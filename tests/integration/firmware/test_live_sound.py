"""Sound of a live address on the line, with lost frames: in virtual time, on real files."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import similarity
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.live_decoder import LiveDecoder
from firmware_sim.sound.track import FADE_MS, LiveTrack
from tests.builders import microphone
from tests.integration.firmware.test_loudspeaker import RATE_HZ, RING_MS, T0, CardHarness

FRAME_MS = 100
DELAY_MS = 200
NOISE = 60


def spoken(folder: Path, *, lost: frozenset[int] = frozenset(), seconds: float = 8.0) -> tuple[Samples, LiveTrack]:
    """Return the card's signal for speech of so many seconds without the lost frames, and its track."""
    harness = CardHarness(folder)
    track = LiveTrack(RATE_HZ, np.zeros(0, dtype=np.int16))
    harness.card.start_track("live", track)
    decoder = LiveDecoder(microphone.OPUS_HZ, RATE_HZ)
    for seq, packets in enumerate(microphone.frames(microphone.voice(seconds))):
        harness.run(FRAME_MS)
        if seq not in lost:
            harness.card.lay("live", decoder.decode(packets), T0 + (seq + 1) * FRAME_MS + DELAY_MS)
    harness.run(1000)
    harness.card.stop("live")
    harness.run(RING_MS)
    return harness.signal(), track


def longest_silence_ms(heard: Samples) -> float:
    """Return the longest silence between the first sound and the last, in ms."""
    loud = np.flatnonzero(np.abs(heard.astype(np.int32)) > NOISE)
    return float(np.max(np.diff(loud)) * 1000 / RATE_HZ)


def reference(seconds: float = 8.0) -> Samples:
    """Return the decoded speech, with no frame lost and no card between."""
    decoder = LiveDecoder(microphone.OPUS_HZ, RATE_HZ)
    return np.concatenate([decoder.decode(packets) for packets in microphone.frames(microphone.voice(seconds))])


def test_what_was_said_is_heard_without_a_hole_and_at_its_instant(tmp_path: Path) -> None:
    heard, track = spoken(tmp_path)
    found = similarity(heard, reference())
    assert found.similarity > 0.99
    assert abs(found.offset * 1000 / RATE_HZ - (FRAME_MS + DELAY_MS)) < 30
    assert track.concealed * 1000 // RATE_HZ <= FADE_MS + 1  # after the last word, no more


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_one_frame_in_twenty_lost_it_is_still_understood(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    lost = frozenset(seq for seq in range(2, 78) if dice.random() < 0.05)
    heard, track = spoken(tmp_path, lost=lost)
    assert lost
    assert track.concealed * 1000 // RATE_HZ >= len(lost) * FRAME_MS
    assert similarity(heard, reference()).similarity > 0.9
    assert longest_silence_ms(heard) < 60


def test_a_hole_longer_than_its_filling_is_silence_and_no_drone(tmp_path: Path) -> None:
    heard, track = spoken(tmp_path, lost=frozenset(range(20, 40)))
    start = (20 + 1) * FRAME_MS + DELAY_MS + FADE_MS
    hole = heard[start * RATE_HZ // 1000 : (start + 1_500) * RATE_HZ // 1000]
    assert not hole.any()
    assert track.concealed * 1000 // RATE_HZ < 3 * FADE_MS


def test_what_is_no_opus_is_left_out() -> None:
    decoder = LiveDecoder(microphone.OPUS_HZ, RATE_HZ)
    assert len(decoder.decode([b"\xff\xff\xff"])) == 0
    assert len(decoder.decode(microphone.frames(microphone.voice(0.2))[0])) > 0
