"""Tones on a device's flash, synthesised once: nothing has to be fetched before a siren sounds."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware_sim.sound.decoder import Samples

Signal = npt.NDArray[np.float64]

FIRST: Final = "siren-a"
GONG: Final = "gong"
DRILL: Final = "drill"
CHIME: Final = "chime"
PEAK: Final = 20_000
"""4.3 dB below full scale, as speech is delivered: the siren must not overdrive the horn."""
_FADE_MS: Final = 5


def tone(name: str, ms: int, rate_hz: int) -> Samples:
    """Return a tone of this length, faded out at its end; an unknown name is the first siren."""
    count = ms * rate_hz // 1000
    samples = np.resize(pattern(name if name in _PATTERNS else FIRST, rate_hz), count)
    fade = min(count, _FADE_MS * rate_hz // 1000)
    if fade:
        samples[-fade:] = (samples[-fade:] * np.linspace(1, 0, fade)).astype(np.int16)
    return samples


def read(rate_hz: int) -> None:
    """Have every pattern in memory, as a siren waits for none."""
    for name in NAMES:
        pattern(name, rate_hz)


@lru_cache(maxsize=16)
def pattern(name: str, rate_hz: int) -> Samples:
    """Return one period, which repeats without a click."""
    return (_PATTERNS[name](rate_hz) * PEAK).astype(np.int16)


def _rising_and_falling(rate_hz: int) -> Signal:
    """Return a sweep from 500 to 1,200 Hz and back in 4 s."""
    t = np.arange(4 * rate_hz) / rate_hz
    return _sweep(500 + 700 * (1 - np.abs(t - 2) / 2), rate_hz)


def _two_in_turn(rate_hz: int) -> Signal:
    """Return 440 and 585 Hz, half a second each."""
    half = np.ones(rate_hz // 2)
    return _sweep(np.concatenate([440 * half, 585 * half]), rate_hz)


def _short_bursts(rate_hz: int) -> Signal:
    """Return 960 Hz, a quarter of a second in every half."""
    return _sweep(np.full(rate_hz // 2, 960.0), rate_hz) * _gate(rate_hz // 2, rate_hz // 4, rate_hz)


def _gong(rate_hz: int) -> Signal:
    """Return a gong struck every 2.5 s, three partials that fade."""
    t = np.arange(5 * rate_hz // 2) / rate_hz
    struck = sum(np.sin(2 * np.pi * hz * t) * np.exp(-t * fade) for hz, fade in ((392, 1.8), (523, 2.4), (659, 3.0)))
    return np.asarray(struck * _gate(len(t), len(t), rate_hz) / 3, dtype=np.float64)


def _chime(rate_hz: int) -> Signal:
    """Return two notes, the second lower: the announcement of a speaker."""
    half = np.arange(3 * rate_hz // 4) / rate_hz
    notes = [
        np.sin(2 * np.pi * hz * half) * np.exp(-half * 3) * _gate(len(half), len(half), rate_hz) for hz in (659, 523)
    ]
    return np.concatenate(notes) / 2


def _soft_beeps(rate_hz: int) -> Signal:
    """Return three beeps of 700 Hz in every 2 s at a quarter of a siren's height: they must not be taken for one."""
    beep = np.concatenate([_gate(rate_hz // 4, rate_hz // 8, rate_hz)] * 3)
    heights = np.concatenate([beep, np.zeros(2 * rate_hz - len(beep))])
    wave = np.sin(2 * np.pi * 700 * np.arange(2 * rate_hz) / rate_hz)
    return np.asarray(wave * heights / 4, dtype=np.float64)


def _sweep(hz: Signal, rate_hz: int) -> Signal:
    """Return a tone of this frequency with the third harmonic of a horn; whole cycles, so that it repeats cleanly."""
    cycles = np.cumsum(hz) / rate_hz
    phase = 2 * np.pi * cycles * (round(float(cycles[-1])) / float(cycles[-1]))
    return np.asarray((np.sin(phase) + np.sin(3 * phase) / 3) / 1.2, dtype=np.float64)


def _gate(count: int, on: int, rate_hz: int) -> Signal:
    """Return a gate of ``count`` samples, open for the first ``on`` of them, with soft edges."""
    heights = np.zeros(count)
    heights[:on] = 1
    edge = min(on // 2, _FADE_MS * rate_hz // 1000)
    ramp = np.linspace(0, 1, edge)
    heights[:edge] = ramp
    heights[on - edge : on] = ramp[::-1]
    return heights


_PATTERNS: Final[dict[str, Callable[[int], Signal]]] = {
    FIRST: _rising_and_falling,
    "siren-b": _two_in_turn,
    "siren-c": _short_bursts,
    GONG: _gong,
    DRILL: _soft_beeps,
    CHIME: _chime,
}
NAMES: Final = tuple(_PATTERNS)
