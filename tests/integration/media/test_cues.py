"""Cues and fades applied to a real recording: length, fades and loudness of the result."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from broadcast.bulletins.cues import ADDED_MAX_MS
from media import picture
from media.errors import RefusedAudioError
from media.loudness import MAX_TRUE_PEAK_DBTP, TARGET_LUFS
from media.model import AudioCues, MadeSound
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import Wave, bursts, write_wav

RATE_HZ = 48_000
END_PAUSE_MS = 500


def heard(studio: Studio, made: MadeSound) -> Wave:
    path = studio.store.path_of(made.renditions[0].sha256)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", str(RATE_HZ), "-"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    return np.frombuffer(done.stdout, dtype=np.int16) / 32768


def level_db(samples: Wave) -> float:
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


def loud_then_soft(folder: Path) -> Path:
    """Write four seconds of loud hum, then six seconds 20 dB softer."""
    at = np.arange(10 * RATE_HZ) / RATE_HZ
    hum = np.sin(2 * np.pi * 440 * at)
    return write_wav(folder / "in.wav", np.where(at < 4, 0.5, 0.05) * hum, rate_hz=RATE_HZ)


def test_what_lies_outside_the_cues_is_not_heard_nor_counted_and_the_recording_can_be_cued_anew(studio: Studio) -> None:
    path = loud_then_soft(studio.folder)
    made = studio.from_audio(path, AudioCues(4_500, 9_500))

    assert made.renditions[0].duration_ms == pytest.approx(5_000 + END_PAUSE_MS, abs=20)
    assert max(each.duration_ms for each in made.renditions) <= 5_000 + ADDED_MAX_MS
    assert made.loudness.integrated_lufs == pytest.approx(TARGET_LUFS, abs=1.0)
    assert made.loudness.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP
    assert made.picture is not None
    assert made.outline is not None
    before = picture.decoded(studio.store.read_bytes(made.picture.sha256)).before
    assert before.integrated_lufs == pytest.approx(-29.0, abs=1.0)
    assert before.duration_ms == 5_000
    assert made.outline.duration_ms == 10_000

    whole = studio.from_audio(path)
    assert studio.store.read_bytes(studio.store.put_file(path)) == path.read_bytes()
    assert whole.renditions[0].duration_ms > made.renditions[0].duration_ms + 3_000
    assert made.outline == whole.outline


def test_fades_rise_and_fall_within_their_time(studio: Studio) -> None:
    made = studio.from_audio(loud_then_soft(studio.folder), AudioCues(4_000, 10_000, 1_000, 2_000))

    sound = heard(studio, made)
    start, middle = level_db(sound[: RATE_HZ // 10]), level_db(sound[2 * RATE_HZ : 3 * RATE_HZ])
    late = level_db(sound[int(5.7 * RATE_HZ) : int(5.8 * RATE_HZ)])
    assert start < middle - 15
    assert late < middle - 10
    assert level_db(sound[int(0.9 * RATE_HZ) : int(1.1 * RATE_HZ)]) == pytest.approx(middle, abs=1.5)


def test_cues_around_silence_alone_are_refused(studio: Studio) -> None:
    path = write_wav(studio.folder / "in.wav", np.concatenate([np.zeros(3 * 44_100), bursts(-24)]))

    with pytest.raises(RefusedAudioError) as refused:
        studio.from_audio(path, AudioCues(0, 2_500))
    assert refused.value.reason == "SILENT"
