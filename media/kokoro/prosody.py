"""Durations, pitch and silences of a script: the Vietnamese part of what the model speaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from media.kokoro.script import BETWEEN, RIME, Part, Script

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]
PITCH_PER_FRAME = 2
"""Values of pitch a frame of duration (25 ms)."""
SAMPLES_PER_PITCH = 300
RATE_HZ = 24_000

CLOSURE_FRAMES = 2
"""A final p, t, k is a silence of 50 ms: its release is not heard."""
SHORT_VOWEL = 0.75
OFFGLIDE_MAX_FRAMES = 2
LONGER_VOWEL_FRAMES = 3
"""Before a glide ("mười", "hội") the vowel is given what the glide loses: it is heard as another otherwise."""
FOOT_FRAMES = 1
DECLINATION_SEMITONES = 2.0
"""Fall of the whole script, about its middle."""
SMOOTHED = 5
"""Values of pitch over which the contour is averaged: 60 ms, as fast as a voice turns."""
PAUSE_S = 0.12
"""Silence after each script."""
_VOICED_HZ = 60.0
_EDGE_S = 0.012

CONTOURS: dict[str, tuple[tuple[float, float], ...]] = {
    "ngang": ((0, 1), (1, 0.7)),
    "huyền": ((0, -2), (0.3, -3), (1, -5)),
    "sắc": ((0, 0), (0.35, 0.6), (1, 5.5)),
    "hỏi": ((0, -1), (0.5, -5.5), (0.75, -5), (1, -2.5)),
    "ngã": ((0, 0), (0.4, -1), (0.5, -3), (0.6, 2), (1, 6)),
    "nặng": ((0, -1), (0.5, -3), (1, -6.5)),
}
"""Hanoi's tones over the rime, in semitones about the speaker's middle (shapes: Michaud 2004, Brunelle 2009)."""
STOPPED_CONTOURS: dict[str, tuple[tuple[float, float], ...]] = {"sắc": ((0, 2), (1, 5.5)), "nặng": ((0, -2.5), (1, -5))}
"""Before a final stop the tones are short and begin apart from each other."""


@dataclass(frozen=True, slots=True)
class Damping:
    """A stretch in pitch values that sounds at ``level`` only: a closure, or creak."""

    start: float
    end: float
    level: float


def durations(script: Script, predicted: Frames) -> Frames:
    """Set the frames of each sound, of those the model predicted: one more at each end, its own edges."""
    frames = predicted.astype(np.int64)
    for at, sound in enumerate(script.symbols, start=1):
        before = script.symbols[at - 2].part if at > 1 else Part.MARK
        if sound.part is Part.STOP:
            frames[at] = CLOSURE_FRAMES
        elif sound.part is Part.SHORT_VOWEL:
            frames[at] = max(1, round(frames[at] * SHORT_VOWEL))
        elif sound.part is Part.OFFGLIDE and before is Part.VOWEL:
            frames[at] = min(frames[at], OFFGLIDE_MAX_FRAMES)
            frames[at - 1] += LONGER_VOWEL_FRAMES
        elif sound.part is Part.SPACE and before is not Part.MARK:
            frames[at] = min(frames[at], FOOT_FRAMES)
    return frames


def pitch(script: Script, frames: Frames, predicted: Floats, middle_hz: float) -> Floats:
    """Set the pitch in Hz, 0 where there is no voice: each rime by its tone, the onsets between, what falls besides."""
    total = predicted.size
    semitones = np.zeros(total)
    voiced = predicted > _VOICED_HZ
    last = 0.0
    for number, (onset, start, end, closed) in enumerate(_spans(script, frames)):
        places, values = zip(*_contour(script, number), strict=True)
        shape = np.interp(np.linspace(0, 1, max(1, end - start)), places, values)
        semitones[start:end] = shape[: end - start]
        glide_in = np.linspace(last * 0.3 + shape[0] * 0.7, shape[0], start - onset) if number else shape[0]
        semitones[onset:start] = glide_in
        semitones[end:closed] = shape[-1]
        voiced[start:end] = True
        voiced[end:closed] = False
        last = float(shape[-1])
    semitones -= DECLINATION_SEMITONES * (np.linspace(0, 1, total) - 0.5)
    half = SMOOTHED // 2
    smooth = np.convolve(np.pad(semitones, half, mode="edge"), np.ones(SMOOTHED) / SMOOTHED, "valid")
    return np.where(voiced, middle_hz * 2 ** (smooth / 12), np.minimum(predicted, 0)).astype(np.float32)


def dampings(script: Script, frames: Frames) -> Iterator[Damping]:
    """Yield closures of final stops, the break in ngã, the creak that ends nặng."""
    for number, (_, start, end, closed) in enumerate(_spans(script, frames)):
        length = end - start
        if script.stopped[number]:
            yield Damping(end + 0.5, closed, 0.0)
        elif script.tones[number] == "ngã":
            yield Damping(start + 0.42 * length, start + 0.54 * length, 0.25)
        elif script.tones[number] == "nặng":
            yield Damping(end - 0.18 * length, end, 0.05)


def damped(samples: Floats, places: Iterator[Damping]) -> Floats:
    """Lower the damped stretches, with soft edges."""
    level = np.ones(samples.size)
    for damping in places:
        start, end = int(damping.start * SAMPLES_PER_PITCH), int(damping.end * SAMPLES_PER_PITCH)
        level[start:end] = np.minimum(level[start:end], damping.level)
    window = np.hanning(int(RATE_HZ * _EDGE_S))
    soft = np.convolve(np.pad(level, window.size // 2, mode="edge"), window / window.sum(), "valid")
    return (samples * soft[: samples.size]).astype(np.float32)


def _contour(script: Script, number: int) -> tuple[tuple[float, float], ...]:
    tone = script.tones[number]
    return STOPPED_CONTOURS.get(tone, CONTOURS[tone]) if script.stopped[number] else CONTOURS[tone]


def _spans(script: Script, frames: Frames) -> list[tuple[int, int, int, int]]:
    """Return for each syllable, in pitch values: its start, its rime's start and end, and its end (after a closure)."""
    edges = np.concatenate(([0], np.cumsum(frames))) * PITCH_PER_FRAME
    spans: list[list[int]] = [[] for _ in script.tones]
    for sound, (start, end) in zip(script.symbols, list(pairwise(edges.tolist()))[1:], strict=False):
        if sound.syllable == BETWEEN:
            continue
        span = spans[sound.syllable]
        if not span:
            span += (start, start, end, end)
        if sound.part is Part.ONSET:
            span[1] = end
        if sound.part in RIME:
            span[2] = end
        span[3] = end
    return [(onset, start, end, closed) for onset, start, end, closed in spans]
