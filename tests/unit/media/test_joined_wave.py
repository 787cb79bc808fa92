from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest
from wavinfo import WavInfoReader

from media import joined_wave
from media.joined_wave import JoinedPart, JoinedWave
from tests.builders.stations import wave24

MONO, STEREO = b"\x01\x02\x03", b"\x04\x05\x06"
FRAMES = 4_800


@pytest.fixture
def parts(tmp_path: Path) -> list[JoinedPart]:
    """Two tenths of a second of sound, with a tenth of silence between them and a relay of a tenth after them."""
    mono, stereo = tmp_path / "mono.wav", tmp_path / "stereo.wav"
    mono.write_bytes(wave24(0.1, 1, MONO))
    stereo.write_bytes(wave24(0.1, 2, STEREO))
    return [
        JoinedPart(0, 100, "Tin một", mono),
        JoinedPart(200, 100, "Tin hai", stereo),
        # It begins where the one before ends, though its time says earlier.
        JoinedPart(290, 100, "Tiếp sóng"),
    ]


def test_parts_stand_at_their_times_in_both_channels_with_silence_between_them(parts: list[JoinedPart]) -> None:
    with JoinedWave(parts) as joined:
        data = joined.read()
        assert len(data) == joined.size
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 3, 48_000)
        stretches = [file.readframes(FRAMES) for _ in range(4)]
        assert file.readframes(1) == b""
    silence = bytes(FRAMES * 6)
    assert stretches == [MONO * 2 * FRAMES, silence, STEREO * 2 * FRAMES, silence]


def test_a_cue_point_with_its_label_stands_where_each_part_begins(parts: list[JoinedPart], tmp_path: Path) -> None:
    path = tmp_path / "whole.wav"
    with JoinedWave(parts) as joined:
        path.write_bytes(joined.read())
    cues = WavInfoReader(str(path)).cues
    assert cues is not None
    assert [each.sample_offset for each in cues.cues] == [0, 2 * FRAMES, 3 * FRAMES]
    assert [cues.label_and_note(each.name)[0] for each in cues.cues] == ["Tin mot", "Tin hai", "Tiep song"]


def test_any_range_is_that_of_the_whole(parts: list[JoinedPart]) -> None:
    with JoinedWave(parts) as joined:
        whole = joined.read()
        buffered = io.BufferedReader(joined, 64)
        for start, length in ((0, 7), (1, 200), (len(whole) // 3, 5_001), (1_000, 60_001), (len(whole) - 10, 20)):
            assert buffered.seek(start) == start
            assert buffered.read(length) == whole[start : start + length]
        assert joined.seek(-4, io.SEEK_END) == len(whole) - 4 == joined.tell()
        assert joined.seek(4, io.SEEK_CUR) == len(whole)
        assert joined.read(1) == b""


def test_mono_alone_stays_mono(parts: list[JoinedPart]) -> None:
    with JoinedWave(parts[:1]) as joined:
        assert joined.channels == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OggS" + bytes(40),
        wave24()[:40],
        wave24().replace((48_000).to_bytes(4, "little"), (44_100).to_bytes(4, "little"), 1),
        b"RIFF\x0c\0\0\0WAVEdata\x04\0\0\0\0\0\0\0",
    ],
)
def test_what_is_no_programme_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"WAV|24 bits"):
        JoinedWave([JoinedPart(0, 100, "a", path)])


def test_more_than_a_wav_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined_wave, "SIZE_MAX_BYTES", 1_000)
    with pytest.raises(ValueError, match="larger"):
        JoinedWave([JoinedPart(0, 100, "a")])
