"""Measurement of a recording against its reference: similarity and start, both from the samples alone."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware_sim.sound.decoder import Samples, decode_mono
from firmware_sim.sound.wav import RecordedSegment, read_segment

SEARCH_MS: Final = 3_000
"""The item is searched this far on both sides of its planned instant."""

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Normalised cross-correlation, 0 to 1, independent of gain, at the best fit: ``offset`` in samples."""

    similarity: float
    offset: int


@dataclass(frozen=True, slots=True)
class MeasuredItem:
    """One item in a recording. ``start_skew_ms``: recorded less planned start; ``rms_dbfs``: level of the item.

    ``held_up_ms``: silence within it, because the simulated device had no processor time.
    """

    path: Path
    similarity: float
    start_skew_ms: float
    started_at_ms: float
    rms_dbfs: float
    held_up_ms: float


class NotRecordedError(Exception):
    """No segment covers the planned instant."""


def similarity(heard: Samples, reference: Samples) -> Likeness:
    """Compare the reference with the part of ``heard`` that fits it best. Both at the same rate.

    The reference may extend past either end of ``heard``; missing samples count as silence.
    """
    long, short = heard.astype(np.float64), reference.astype(np.float64)
    energy = float(np.dot(short, short))
    if not len(long) or energy == 0:
        return Likeness(0.0, 0)
    padded = np.concatenate([np.zeros(len(short)), long, np.zeros(len(short))])
    products = _correlate(padded, short)
    squares = np.concatenate([[0.0], np.cumsum(padded * padded)])
    local = squares[len(short) :] - squares[: -len(short)]
    scores = products[: len(local)] / np.sqrt(np.maximum(local, 1.0) * energy)
    best = int(np.argmax(scores))
    return Likeness(float(min(1.0, max(0.0, scores[best]))), best - len(short))


def measure(folder: Path, content: Path, planned_at_ms: int) -> MeasuredItem:
    """Find the content in a device's recordings near its planned instant.

    Raises:
        NotRecordedError: nothing was recorded then.
        DecodeError: the content is no audio.
    """
    recording = _segment_at(folder, planned_at_ms)
    reference = decode_mono(content, recording.rate_hz)
    rate = recording.rate_hz
    planned = (planned_at_ms - recording.sample0_at_ms) * rate // 1000
    margin = SEARCH_MS * rate // 1000
    first = max(0, planned - margin)
    window = recording.samples[first : planned + len(reference) + margin]
    found = similarity(window, reference)
    start = first + found.offset
    started_at_ms = recording.sample0_at_ms + start * 1000 / rate
    sounded = recording.samples[max(0, start) : start + len(reference)].astype(np.float64)
    return MeasuredItem(
        path=recording.path,
        similarity=round(found.similarity, 5),
        start_skew_ms=round(started_at_ms - planned_at_ms, 3),
        started_at_ms=round(started_at_ms, 3),
        rms_dbfs=_rms_dbfs(sounded),
        held_up_ms=round(recording.held_up_ms(start, start + len(reference)), 1),
    )


def _segment_at(folder: Path, at_ms: int) -> RecordedSegment:
    """Return the segment whose samples cover the instant; the last that began before it."""
    for path in sorted(folder.glob("*.wav"), reverse=True):
        recording = read_segment(path)
        end_ms = recording.sample0_at_ms + len(recording.samples) * 1000 / recording.rate_hz
        if recording.sample0_at_ms <= at_ms <= end_ms:
            return recording
    raise NotRecordedError(f"{folder}: nothing recorded at {at_ms}")


def _correlate(long: Signal, short: Signal) -> Signal:
    """Return the sliding products of ``short`` along ``long``, by FFT."""
    size = 1 << (len(long) + len(short) - 1).bit_length()
    spectrum = np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size))
    return np.fft.irfft(spectrum, size)[: len(long) - len(short) + 1]


def _rms_dbfs(signal: Signal) -> float:
    power = float(np.mean(signal * signal)) if len(signal) else 0.0
    return round(10 * math.log10(max(power, 1e-9) / 32_768**2), 2)
