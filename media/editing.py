"""Joining by pydub: chime, pause, item, end pause; silent edges left out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydub import AudioSegment

from media.chime import CHIME_MS, CHIME_PAUSE_MS
from media.errors import ToolError
from media.loudness import DECODE_HEADROOM_DB
from media.model import Cut, SpeechLevels

END_PAUSE_MS = 500
PART_PAUSE_MS = 700
"""Pause between the parts of an announcement: another voice begins."""
KEPT_EDGE_MS = 120
"""Kept before and after the audible span: a soft consonant starts below the threshold."""
SPLICE_EDGE_MS = 60
"""The same within one sentence, where the pieces follow each other at once."""
SPLICE_FADE_MS = 10
SILENT_BELOW_LEVEL_DB = 30.0
"""An edge this far below the item's own loudness is silence: speech's softest sounds lie higher."""
CHIME_BELOW_LEVEL_DB = 4.0
_WINDOW_MS = 10
_SAMPLE_WIDTH = 4
_LISTEN_WINDOW_MS = 20
_FLOOR_PCT, _VOICE_PCT = 5, 90
"""Of the windows: the pauses within and around a phrase, and its vowels."""
_CLIPPED_FROM = 0.985
_NOTHING = 1e-12
_FULL_SCALE = 2**31 - 1
_CHIME_TONES = ((784.0, 0), (659.3, 420), (523.3, 840))
"""G5, E5, C5, each with its start in ms: falling, so that it is no alarm."""
_CHIME_DECAY_S = 0.45
_CHIME_ATTACK_S = 0.004


class PydubEditing:
    """Implements ``media.ports.Editing``."""

    def assemble(self, item: Path, into: Path, *, level_lufs: float, chime: bool) -> int:
        segment = _read(item)
        start_ms, end_ms = audible_span_ms(segment, level_lufs - SILENT_BELOW_LEVEL_DB)
        rate_hz = segment.frame_rate
        parts = [segment[start_ms:end_ms], AudioSegment.silent(END_PAUSE_MS, rate_hz)]
        if chime:
            chimed = chime_segment(rate_hz, level_lufs - CHIME_BELOW_LEVEL_DB)
            parts = [chimed, AudioSegment.silent(CHIME_PAUSE_MS, rate_hz), *parts]
        joined = sum((p.set_sample_width(_SAMPLE_WIDTH) for p in parts[1:]), parts[0])
        with into.open("wb") as out:
            joined.export(out, format="wav")
        return len(joined)

    def join(self, items: Sequence[tuple[Path, float]], into: Path) -> None:
        softest_lufs = min(level_lufs for _, level_lufs in items)
        joined = AudioSegment.empty()
        for item, level_lufs in items:
            segment = _read(item)
            start_ms, end_ms = audible_span_ms(segment, level_lufs - SILENT_BELOW_LEVEL_DB)
            # Lowered, never raised: nothing can clip, and levelling comes afterwards.
            part = segment[start_ms:end_ms].apply_gain(softest_lufs - level_lufs)
            pause = AudioSegment.silent(PART_PAUSE_MS, segment.frame_rate)
            joined = joined + part + pause if len(joined) else part + pause
        with into.open("wb") as out:
            joined.set_sample_width(_SAMPLE_WIDTH).export(out, format="wav")

    def splice(self, cuts: Sequence[Cut], into: Path) -> None:
        softest_lufs = min(cut.level_lufs for cut in cuts)
        joined = AudioSegment.empty()
        for cut in cuts:
            segment = _read(cut.path)
            threshold_dbfs = cut.level_lufs - SILENT_BELOW_LEVEL_DB
            start_ms, end_ms = audible_span_ms(segment, threshold_dbfs, kept_ms=SPLICE_EDGE_MS)
            part = segment[start_ms:end_ms].fade_in(SPLICE_FADE_MS).fade_out(SPLICE_FADE_MS)
            joined += part.apply_gain(softest_lufs - cut.level_lufs)
            joined += AudioSegment.silent(cut.pause_ms, segment.frame_rate)
        with into.open("wb") as out:
            joined.set_sample_width(_SAMPLE_WIDTH).export(out, format="wav")

    def listen(self, path: Path) -> SpeechLevels:
        segment = _read(path).set_sample_width(_SAMPLE_WIDTH)
        samples = np.asarray(segment.get_array_of_samples(), dtype=np.float64) / _FULL_SCALE
        window = segment.frame_rate * _LISTEN_WINDOW_MS // 1000
        windows = samples[: samples.size // window * window].reshape(-1, window)
        levels_dbfs = 10 * np.log10(np.maximum(np.mean(windows**2, axis=1), _NOTHING))
        floor_dbfs, voice_dbfs = np.percentile(levels_dbfs, (_FLOOR_PCT, _VOICE_PCT))
        full = _CLIPPED_FROM * 10 ** (-DECODE_HEADROOM_DB / 20)
        return SpeechLevels(float(voice_dbfs), float(floor_dbfs), float(np.mean(np.abs(samples) >= full)))


def audible_span_ms(segment: AudioSegment, threshold_dbfs: float, *, kept_ms: int = KEPT_EDGE_MS) -> tuple[int, int]:
    """Return the span in which ``segment`` is above the threshold, with the kept edges; all of it if it never is."""
    total_ms = len(segment)
    starts = range(0, total_ms, _WINDOW_MS)
    first = next((at for at in starts if _is_heard(segment, at, threshold_dbfs)), None)
    if first is None:
        return 0, total_ms
    last = next(at for at in reversed(starts) if _is_heard(segment, at, threshold_dbfs))
    return max(0, first - kept_ms), min(total_ms, last + _WINDOW_MS + kept_ms)


def chime_segment(rate_hz: int, level_dbfs: float) -> AudioSegment:
    """Make three falling tones, with this RMS level in their loud part."""
    seconds = np.arange(rate_hz * CHIME_MS // 1000) / rate_hz
    wave: NDArray[np.float64] = np.zeros_like(seconds)
    for pitch_hz, start_ms in _CHIME_TONES:
        since = seconds - start_ms / 1000
        envelope = np.where(since >= 0, np.exp(-since / _CHIME_DECAY_S) * np.clip(since / _CHIME_ATTACK_S, 0, 1), 0)
        wave += envelope * (np.sin(2 * np.pi * pitch_hz * since) + 0.25 * np.sin(4 * np.pi * pitch_hz * since))
    wave *= np.clip((seconds[-1] - seconds) / 0.05, 0, 1)
    loud = wave[: int(rate_hz * 1.4)]
    wave *= 10 ** (level_dbfs / 20) / float(np.sqrt(np.mean(loud**2)))
    samples = (np.clip(wave, -1, 1) * _FULL_SCALE).astype("<i4")
    return AudioSegment(samples.tobytes(), sample_width=_SAMPLE_WIDTH, frame_rate=rate_hz, channels=1)


def _is_heard(segment: AudioSegment, at_ms: int, threshold_dbfs: float) -> bool:
    return float(segment[at_ms : at_ms + _WINDOW_MS].dBFS) > threshold_dbfs


def _read(wav: Path) -> AudioSegment:
    try:
        # From bytes: given a path it cannot read, pydub would start ffmpeg and let it guess.
        return AudioSegment(wav.read_bytes())
    except Exception as error:
        raise ToolError("pydub", str(error)) from error
