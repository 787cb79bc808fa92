"""Short-time objective intelligibility (STOI) of a disturbed sound, against the clean one: 0 to 1.

Own implementation, after Taal, Hendriks, Heusdens and Jensen, IEEE TASLP 19(7), 2011: no maintained library of it is
among the requirements. It compares envelopes: what the voice itself says badly it does not see.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.horn import Samples

RATE_HZ: Final = 10_000
_FRAME, _HOP, _FFT = 256, 128, 512
_BANDS: Final = 15
_LOWEST_HZ: Final = 150.0
_SEGMENT: Final = 30
"""Frames of a segment: 384 ms."""
_SILENT_DB: Final = 40.0
_CLIP_DB: Final = 15.0
_TINY: Final = 1e-12


def stoi(clean: Samples, heard: Samples, rate_hz: int) -> float:
    """Return the mean correlation of the envelopes. ``heard`` is aligned with ``clean``; what is longer is cut off.

    Raises:
        ValueError: there are less than 384 ms of speech.
    """
    size = min(clean.size, heard.size)
    wanted, got = _spoken(_resampled(clean[:size], rate_hz), _resampled(heard[:size], rate_hz))
    wanted, got = _envelopes(wanted), _envelopes(got)
    if wanted.shape[1] < _SEGMENT:
        raise ValueError("less than 384 ms of speech")
    x = np.lib.stride_tricks.sliding_window_view(wanted, _SEGMENT, axis=1)
    y = np.lib.stride_tricks.sliding_window_view(got, _SEGMENT, axis=1)
    scale = np.linalg.norm(x, axis=2, keepdims=True) / (np.linalg.norm(y, axis=2, keepdims=True) + _TINY)
    y = np.minimum(y * scale, x * (1 + 10 ** (_CLIP_DB / 20)))
    return float(np.mean(np.sum(_normal(x) * _normal(y), axis=2)))


def _normal(values: Samples) -> Samples:
    centred = values - values.mean(axis=2, keepdims=True)
    return np.asarray(centred / (np.linalg.norm(centred, axis=2, keepdims=True) + _TINY))


def _resampled(samples: Samples, rate_hz: int) -> Samples:
    size = round(samples.size * RATE_HZ / rate_hz)
    spectrum = np.fft.rfft(samples)[: size // 2 + 1]
    return np.fft.irfft(spectrum, size) * (size / samples.size)


def _frames(samples: Samples) -> Samples:
    window = np.hanning(_FRAME + 2)[1:-1]
    return np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP] * window


def _spoken(clean: Samples, heard: Samples) -> tuple[Samples, Samples]:
    """Leave out the frames in which the clean sound is silent."""
    frames = _frames(clean)
    loud_db = 20 * np.log10(np.linalg.norm(frames, axis=1) + _TINY)
    kept = loud_db > loud_db.max() - _SILENT_DB
    return _joined(frames[kept]), _joined(_frames(heard)[kept])


def _joined(frames: Samples) -> Samples:
    samples = np.zeros((len(frames) - 1) * _HOP + _FRAME)
    for at, frame in enumerate(frames):
        samples[at * _HOP : at * _HOP + _FRAME] += frame
    return samples


def _envelopes(samples: Samples) -> Samples:
    """Return third-octave bands of each frame: bands × frames."""
    power = np.abs(np.fft.rfft(_frames(samples), _FFT)) ** 2
    hertz = np.fft.rfftfreq(_FFT, 1 / RATE_HZ)
    centres = _LOWEST_HZ * 2 ** (np.arange(_BANDS) / 3)
    bands = [(hertz >= centre * 2 ** (-1 / 6)) & (hertz < centre * 2 ** (1 / 6)) for centre in centres]
    return np.sqrt(np.stack([power[:, band].sum(axis=1) for band in bands]))
