"""What is heard after decoding holds both limits, whatever came in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from media.loudness import MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU
from media.model import MadeSound
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import Wave, bursts, knocks, square, write_wav


def channels(*made: Wave) -> Callable[[], tuple[Wave, ...]]:
    return lambda: made


CASES: dict[str, tuple[Callable[[], tuple[Wave, ...]], int]] = {
    "quiet speech": (lambda: (bursts(-50),), 44_100),
    "ordinary speech": (lambda: (bursts(-24),), 48_000),
    "clipped loud square": (lambda: (square(),), 44_100),
    "knocks over quiet speech": (lambda: (knocks(-45),), 44_100),
    "stereo": (lambda: (bursts(-30), bursts(-36)), 44_100),
    "one channel only": (lambda: (bursts(-26), np.zeros(88_200)), 44_100),
    "channels turned round": (lambda: (bursts(-26), -bursts(-26)), 44_100),
    "telephone": (lambda: (bursts(-30, rate_hz=8_000),), 8_000),
    "offset": (lambda: (bursts(-40) + 0.5,), 44_100),
    "clipped noise": (lambda: (np.clip(bursts(6), -1, 1),), 44_100),
}


@pytest.mark.parametrize("name", CASES)
def test_every_rendition_holds_loudness_and_peak(studio: Studio, name: str) -> None:
    make, rate_hz = CASES[name]
    made = studio.from_audio(write_wav(studio.folder / "in.wav", *make(), rate_hz=rate_hz))

    for rendition in made.renditions:
        measured = studio.tools.measure(studio.store.find(rendition.sha256).path)
        assert measured.integrated_lufs == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU), rendition.kind
        assert measured.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP, rendition.kind


def test_peak_wins_over_loudness_for_clicks_in_silence(studio: Studio) -> None:
    clicks = np.zeros(88_200)
    clicks[::14_700] = 0.9

    made = studio.from_audio(write_wav(studio.folder / "in.wav", clicks))

    assert made.loudness.integrated_lufs < TARGET_LUFS - TOLERANCE_LU
    for rendition in made.renditions:
        measured = studio.tools.measure(studio.store.find(rendition.sha256).path)
        assert measured.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP, rendition.kind


def decoded_samples(path: Path) -> int:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", "48000", "-"]
    return len(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout) // 2


def test_told_duration_is_the_decoded_one(studio: Studio) -> None:
    made = studio.from_text("Xin chào bà con.")

    for rendition in made.renditions:
        samples = decoded_samples(studio.store.find(rendition.sha256).path)
        assert rendition.duration_ms == samples // 48, rendition.kind
    assert len({r.duration_ms for r in made.renditions}) == 1


def test_same_recording_gives_the_same_bytes(studio: Studio) -> None:
    path = write_wav(studio.folder / "in.wav", bursts(-24))

    first, second = studio.from_audio(path), studio.from_audio(path)

    assert first == second


def test_original_stays_as_it_came(studio: Studio) -> None:
    path = write_wav(studio.folder / "in.wav", np.concatenate([np.zeros(44_100), bursts(-24)]))

    studio.from_audio(path)

    assert studio.store.find(studio.store.put_file(path)).path.read_bytes() == path.read_bytes()


def test_renditions_carry_no_tags_of_the_upload(studio: Studio) -> None:
    made: MadeSound = studio.from_audio(write_wav(studio.folder / "in.wav", bursts(-24)))

    for rendition in made.renditions:
        assert rendition.bytes == studio.store.find(rendition.sha256).bytes
        assert b"in.wav" not in studio.store.find(rendition.sha256).path.read_bytes()
