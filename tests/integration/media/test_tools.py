"""Media tools apart from judging a file: limits, missing and failing tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from media import picture
from media.errors import RefusedAudioError, ToolError
from media.ffmpeg import AudioLimits, FfmpegTools
from tests.integration.media.conftest import Studio
from tests.integration.media.corpus import two_sounds, written
from tests.integration.media.sounds import bursts, chords, write_wav


def test_probe_alone_refuses_what_is_too_large(tmp_path: Path) -> None:
    tools = FfmpegTools(AudioLimits(max_bytes=1000))

    with pytest.raises(RefusedAudioError) as refused:
        tools.probe(write_wav(tmp_path / "a.wav", bursts(-24)))
    assert refused.value.reason == "TOO_LARGE"


def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    tools = FfmpegTools(AudioLimits(max_streams=1))

    with pytest.raises(RefusedAudioError) as refused:
        tools.probe(two_sounds(tmp_path))
    assert refused.value.reason == "MANY_STREAMS"


def test_a_recording_is_drawn_as_it_came_and_as_it_is_aired(studio: Studio) -> None:
    made = studio.from_audio(write_wav(studio.folder / "a.wav", chords(0.05, seconds=6.0)))

    drawn = next(r for r in made.documents if r.kind == picture.KIND)
    found = picture.decoded(studio.store.read_bytes(drawn.sha256))
    assert found.before.integrated_lufs < found.after.integrated_lufs == pytest.approx(-16.0, abs=1.0)
    assert len(found.before.peaks) == len(found.after.peaks) == picture.COUNT
    assert max(found.before.peaks) < max(found.after.peaks) <= picture.FULL
    heard = [each for each in found.after.short_term_lufs if each is not None]
    assert found.after.short_term_lufs[0] is None
    assert heard
    assert all(abs(each + 16.0) < 3.0 for each in heard)


def test_missing_tool_is_no_fault_of_the_file(tmp_path: Path) -> None:
    tools = FfmpegTools(ffmpeg="no-such-ffmpeg", ffprobe="no-such-ffprobe")
    path = write_wav(tmp_path / "a.wav", bursts(-24))

    for use in (tools.probe, tools.measure):
        with pytest.raises(ToolError, match="not installed"):
            use(path)


def test_hanging_tool_is_killed(tmp_path: Path) -> None:
    tool = written(tmp_path / "slow", b"#!/bin/sh\nexec sleep 600\n")
    tool.chmod(0o755)
    tools = FfmpegTools(AudioLimits(timeout_s=0.2), ffmpeg=str(tool))

    with pytest.raises(ToolError, match="killed"):
        tools.decode(write_wav(tmp_path / "a.wav", bursts(-24)), tmp_path / "out.wav")


def test_full_disk_is_no_fault_of_the_file(tmp_path: Path) -> None:
    tool = written(tmp_path / "full", b"#!/bin/sh\necho 'out.wav: No space left on device' >&2\nexit 1\n")
    tool.chmod(0o755)

    with pytest.raises(ToolError, match="No space left"):
        FfmpegTools(ffmpeg=str(tool)).decode(write_wav(tmp_path / "a.wav", bursts(-24)), tmp_path / "out.wav")


def test_tool_that_says_no_figures_is_an_error(tmp_path: Path) -> None:
    tool = written(tmp_path / "mute", b"#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)

    with pytest.raises(ToolError, match="meter"):
        FfmpegTools(ffmpeg=str(tool)).measure(write_wav(tmp_path / "a.wav", bursts(-24)))
