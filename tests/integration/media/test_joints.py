"""Joints of recorded and spoken pieces, on the samples: no step, one loudness, nothing clipped, every word in order."""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import inf
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydub import AudioSegment

from media.editing import SILENT_BELOW_LEVEL_DB, SPLICE_EDGE_MS, PydubEditing, audible_span_ms
from media.ffmpeg import FfmpegTools
from media.model import Cut
from media.ports import AudioWorkspace
from media.speech import EspeakVoice
from media.storage import FolderContentStore
from media.use_cases.bulletin_sound import (
    CLAUSE_PAUSE_MS,
    SENTENCE_PAUSE_MS,
    Assembly,
    Phrase,
    Utterance,
    make_from_text,
    sound_out,
)
from tests.integration.media.sounds import bursts, write_wav

TOOLS = FfmpegTools()
RATE_HZ = 48_000
AT_A_JOINT = 0.15
"""Of the largest sample and of the largest step of the whole sound, within a millisecond of a joint: it is faded."""
SAME_LOUDNESS_DB = 1.0


class Announcer(EspeakVoice):
    """espeak-ng as a person with a microphone: each phrase is a recording in the content store, at any level."""

    def __init__(self, store: FolderContentStore, folder: Path) -> None:
        super().__init__()
        self._store = store
        self._folder = folder
        self.asked: list[str] = []

    def phrase(self, text: str, gain_db: float) -> Phrase:
        spoken = self._folder / "phrase.wav"
        super().speak(text, "vi", spoken)
        loud = AudioSegment(spoken.read_bytes()).apply_gain(gain_db)
        room = np.random.default_rng(5).normal(size=loud.frame_rate // 2) * 2.0
        quiet = AudioSegment(room.astype("<i2").tobytes(), sample_width=2, frame_rate=loud.frame_rate, channels=1)
        with spoken.open("wb") as out:
            (quiet + loud + quiet).export(out, format="wav")
        return Phrase(text, self._store.put_file(spoken), "Lan")

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        self.asked.append(text)
        return super().speak(text, language, into, until_s=until_s)


def samples_of(path: Path) -> NDArray[np.float64]:
    segment = AudioSegment(path.read_bytes())
    return np.asarray(np.array(segment.get_array_of_samples()) / 2.0 ** (8 * segment.sample_width - 1))


def lufs(folder: Path, samples: NDArray[np.float64]) -> float:
    return TOOLS.measure(write_wav(folder / "piece.wav", samples, rate_hz=RATE_HZ)).integrated_lufs


def test_at_every_joint_there_is_no_step_one_loudness_and_nothing_clipped(tmp_path: Path) -> None:
    cuts = []
    for number, (level_dbfs, pause_ms) in enumerate([(-14.0, 0), (-34.0, CLAUSE_PAUSE_MS), (-22.0, 0)]):
        path = tmp_path / f"{number}.wav"
        # Begins and ends within the sound, as a recording that was cut.
        sound = bursts(level_dbfs, rate_hz=RATE_HZ, seconds=2.1, seed=number)
        figures = TOOLS.decode(write_wav(tmp_path / "raw.wav", sound[4_000:-4_000], rate_hz=RATE_HZ), path)
        cuts.append(Cut(path, figures.integrated_lufs, pause_ms))

    PydubEditing().splice(cuts, tmp_path / "out.wav")

    joined = samples_of(tmp_path / "out.wav")
    ends = list(accumulate(len(samples_of(cut.path)) + cut.pause_ms * RATE_HZ // 1000 for cut in cuts))
    assert len(joined) == pytest.approx(ends[-1], abs=RATE_HZ // 1000)
    for end in ends[:-1]:
        around = joined[end - RATE_HZ // 1000 : end + RATE_HZ // 1000]
        assert np.abs(around).max() <= AT_A_JOINT * np.abs(joined).max()
        assert np.abs(np.diff(around)).max() <= AT_A_JOINT * np.abs(np.diff(joined)).max()
    levels = [lufs(tmp_path, joined[start:end]) for start, end in pairwise([0, *ends])]
    assert max(levels) - min(levels) <= SAME_LOUDNESS_DB
    assert np.abs(joined).max() < 0.99


def test_recorded_and_spoken_words_come_in_order_at_one_loudness(tmp_path: Path) -> None:
    store = FolderContentStore(tmp_path / "content")
    voice = Announcer(store, tmp_path)
    work = AudioWorkspace(TOOLS, PydubEditing(), store, tmp_path)
    pieces = (
        voice.phrase("Kính thưa bà con, ", -9.0),
        Utterance("vi", "ủy ban nhân dân xã mời "),
        voice.phrase("bà con thôn Hai ", -24.0),
        Utterance("vi", "đến họp đông đủ."),
    )

    said = sound_out(Assembly(pieces), tmp_path / "out.wav", work, voice=voice)

    assert "".join(each.text for each in said) == "".join(each.text for each in pieces)
    assert [bool(each.sha256) for each in said] == [True, False, True, False]
    # A voice that is not at the end of the sentence goes on, and begins anew after the recording.
    assert voice.asked == ["ủy ban nhân dân xã mời,", "đến họp đông đủ."]
    alone = [_alone(tmp_path, piece, voice, store) for piece in pieces]
    joined = samples_of(tmp_path / "out.wav")
    pauses = [CLAUSE_PAUSE_MS, 0, 0, 0]
    ends = list(accumulate(length + pause * RATE_HZ // 1000 for length, pause in zip(alone, pauses, strict=True)))
    assert len(joined) == pytest.approx(ends[-1], abs=len(pieces) * RATE_HZ // 100)
    levels = [lufs(tmp_path, joined[start:end]) for start, end in pairwise([0, *ends])]
    assert max(levels) - min(levels) <= SAME_LOUDNESS_DB
    for end in ends[:-1]:
        # Before another speaker there is a breath, in which nothing is heard.
        breath = joined[end - RATE_HZ * SPLICE_EDGE_MS // 2000 : end - RATE_HZ // 1000]
        assert 10 * np.log10(np.mean(breath**2) + 1e-20) < max(levels) - SILENT_BELOW_LEVEL_DB


def _alone(folder: Path, piece: Utterance | Phrase, voice: Announcer, store: FolderContentStore) -> int:
    """Return the samples that a piece has in the joined sound."""
    raw, path = folder / "alone.wav", folder / "alone-decoded.wav"
    if isinstance(piece, Phrase):
        raw.write_bytes(store.read_bytes(piece.sha256))
    else:
        goes_on = "" if piece.text.endswith(".") else ","
        EspeakVoice().speak(f"{piece.text.rstrip()}{goes_on}", "vi", raw)
    figures = TOOLS.decode(raw, path)
    segment = AudioSegment(path.read_bytes())
    threshold_dbfs = figures.integrated_lufs - SILENT_BELOW_LEVEL_DB
    start_ms, end_ms = audible_span_ms(segment, threshold_dbfs, kept_ms=SPLICE_EDGE_MS)
    return (end_ms - start_ms) * RATE_HZ // 1000


def test_a_joined_bulletin_as_aired_clips_nowhere(tmp_path: Path) -> None:
    store = FolderContentStore(tmp_path / "content")
    voice = Announcer(store, tmp_path)
    pieces = (voice.phrase("Cảnh báo bão tại ", 0.0), Utterance("vi", "xã Hàm Thuận. "), voice.phrase("Hết.", -20.0))

    made = make_from_text(Assembly(pieces), AudioWorkspace(TOOLS, PydubEditing(), store, tmp_path), voice=voice)

    assert SENTENCE_PAUSE_MS > CLAUSE_PAUSE_MS > 0
    assert made.loudness.true_peak_dbtp <= -1
    assert made.loudness.integrated_lufs == pytest.approx(-16, abs=1)
    for rendition in made.renditions:
        assert rendition.bytes > 0
