"""Recorded phrases with real tools: checked, and joined with the speech of a voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydub import AudioSegment

from media.editing import SPLICE_EDGE_MS, PydubEditing
from media.errors import RefusedAudioError
from media.ffmpeg import FfmpegTools
from media.model import Cut
from media.ports import AudioWorkspace
from media.speech import EspeakVoice
from media.storage import FolderContentStore
from media.use_cases.bulletin_sound import Assembly, Phrase, Utterance, make_from_text
from media.use_cases.recording_check import Audition, audition
from tests.integration.media.sounds import Wave, bursts, chords, square, write_wav

TOOLS = FfmpegTools()
RATE_HZ = 44_100


def phrase(level_dbfs: float = -25.0, room_dbfs: float = -70.0, seconds: float = 1.5) -> Wave:
    """Return a speech-like sound with half a second of room noise before and after it."""
    silence = np.zeros(RATE_HZ // 2)
    sound = np.concatenate([silence, bursts(level_dbfs, seconds=seconds), silence])
    return np.asarray(sound + np.random.default_rng(3).normal(size=sound.size) * 10 ** (room_dbfs / 20))


def heard(folder: Path, *channels: Wave) -> Audition:
    store = FolderContentStore(folder / "content")
    sha256 = store.put_file(write_wav(folder / "a.wav", *channels))
    return audition(sha256, AudioWorkspace(TOOLS, PydubEditing(), store, folder))


def test_a_clear_phrase_is_taken_with_level_and_room(tmp_path: Path) -> None:
    found = heard(tmp_path, phrase())

    assert found.level_lufs == pytest.approx(-23, abs=4)
    assert found.floor_dbfs == pytest.approx(-70, abs=3)


@pytest.mark.parametrize(
    ("sound", "reason"),
    [
        (phrase(-55.0, -90.0), "QUIET"),
        (phrase(-25.0, -38.0), "NOISY"),
        (square(), "CLIPPED"),
        (np.clip(phrase(-6.0) * 8, -1, 1), "CLIPPED"),
        (np.zeros(RATE_HZ * 2), "SILENT"),
    ],
)
def test_what_cannot_be_joined_is_refused_with_the_reason(tmp_path: Path, sound: Wave, reason: str) -> None:
    with pytest.raises(RefusedAudioError) as raised:
        heard(tmp_path, sound)
    assert raised.value.reason == reason


def cut(folder: Path, name: str, level_dbfs: float, pause_ms: int) -> Cut:
    decoded = folder / f"{name}.wav"
    figures = TOOLS.decode(write_wav(folder / f"{name}-raw.wav", phrase(level_dbfs)), decoded)
    return Cut(decoded, figures.integrated_lufs, pause_ms)


def test_pieces_follow_each_other_at_one_loudness(tmp_path: Path) -> None:
    cuts = [cut(tmp_path, "a", -18.0, 0), cut(tmp_path, "b", -34.0, 300)]

    PydubEditing().splice(cuts, tmp_path / "out.wav")

    joined = AudioSegment((tmp_path / "out.wav").read_bytes())
    assert len(joined) == pytest.approx(2 * 1500 + 300, abs=4 * SPLICE_EDGE_MS + 100)
    assert joined[:1400].dBFS == pytest.approx(joined[1700:3000].dBFS, abs=1.5)


def test_a_bulletin_of_a_recording_and_a_voice_becomes_a_sound_that_says_so(tmp_path: Path) -> None:
    store = FolderContentStore(tmp_path / "content")
    sha256 = store.put_file(write_wav(tmp_path / "a.wav", chords(0.3, seconds=3.0)))
    pieces = (Phrase("Cảnh báo bão tại ", sha256, "Lan"), Utterance("vi", "xã Hàm Thuận Bắc."))

    made = make_from_text(Assembly(pieces), AudioWorkspace(TOOLS, PydubEditing(), store, tmp_path), voice=EspeakVoice())

    assert [each.by for each in made.said] == ["Lan", "espeak-ng vi"]
    assert made.loudness.integrated_lufs == pytest.approx(-16, abs=1)
    assert not list(tmp_path.glob("*piece*"))
