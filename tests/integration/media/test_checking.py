"""Check of a recording with the real tools, while its sender waits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media.errors import RefusedAudioError
from media.ffmpeg import AudioLimits, FfmpegTools
from media.use_cases.recording_check import ToolCheck
from tests.integration.media.sounds import bursts, ffmpeg, square, write_wav

CHECK = ToolCheck(lambda: FfmpegTools(AudioLimits(max_duration_ms=20_000)), 20_000)


def encoded(wav: Path, name: str) -> Path:
    into = wav.with_name(name)
    ffmpeg("-i", str(wav), str(into))
    return into


@pytest.mark.parametrize("name", ["speech.wav", "speech.mp3", "speech.ogg", "speech.m4a", "speech.webm"])
def test_speech_of_every_kind_is_taken_with_its_length(tmp_path: Path, name: str) -> None:
    wav = write_wav(tmp_path / "speech.wav", bursts(-24))
    found = CHECK.check(wav if name == wav.name else encoded(wav, name))
    assert found is not None
    assert found.duration_ms == pytest.approx(2000, abs=120)
    assert found.remarks == ()


@pytest.mark.parametrize("name", ["loud.wav", "loud.mp3", "loud.ogg"])
def test_a_clipped_recording_is_remarked_on(tmp_path: Path, name: str) -> None:
    wav = write_wav(tmp_path / "loud.wav", square())
    found = CHECK.check(wav if name == wav.name else encoded(wav, name))
    assert found is not None
    assert found.remarks == ("CLIPPED",)


def test_a_very_quiet_one_is_remarked_on(tmp_path: Path) -> None:
    found = CHECK.check(write_wav(tmp_path / "quiet.wav", bursts(-50)))
    assert found is not None
    assert found.remarks == ("QUIET",)


def test_silence_a_program_and_what_is_too_long_are_refused(tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(44_100 * 3))
    program = tmp_path / "prog.exe"
    program.write_bytes(b"MZ\x90\x00" + bytes(4096))
    long = write_wav(tmp_path / "long.wav", bursts(-24, seconds=21.0))
    for path, reason in ((silence, "SILENT"), (program, "NOT_AUDIO"), (long, "TOO_LONG")):
        with pytest.raises(RefusedAudioError) as refused:
            CHECK.check(path)
        assert refused.value.reason == reason
