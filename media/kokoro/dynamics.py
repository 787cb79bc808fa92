"""Dynamics of the voice: an equaliser and a compressor, so that its consonants survive a horn in the wind."""

import numpy as np
from numpy.typing import NDArray

from media.kokoro.prosody import RATE_HZ, Floats

TILT_DB = 3.0
"""An octave: consonants lie above the wind, which falls with the pitch."""
TILTED_HZ = (300.0, 6_000.0)
"""The band of a horn; outside of it the gain is that of its edge."""
LEVEL_HZ = 1_000.0
"""Neither raised nor lowered."""
SHARE = 0.6
"""Of a level above or below the mean, in decibels, that is taken away: a ratio of 2.5 to 1."""
WINDOW_S = 0.02
"""Time over which a level is taken: a consonant's, not a word's."""
FLOOR = 0.05
"""Of the mean level: what is softer, as breath between words, is not raised further."""


def processed(samples: Floats) -> Floats:
    """Return the samples with their high parts raised, and loud and soft ones nearer to one another."""
    size = 2 * samples.size
    equalised = np.fft.irfft(np.fft.rfft(samples, size) * response(size), size)[: samples.size]
    return (equalised * gains(equalised)).astype(np.float32)


def response(size: int) -> NDArray[np.float64]:
    """Return the equaliser's factors for the spectrum of so many samples."""
    hertz = np.clip(np.fft.rfftfreq(size, 1 / RATE_HZ), *TILTED_HZ)
    return np.asarray(10 ** (TILT_DB * np.log2(hertz / LEVEL_HZ) / 20))


def gains(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the compressor's factor for each sample."""
    half = round(WINDOW_S * RATE_HZ / 2)
    sums = np.cumsum(np.pad(samples**2, (half + 1, half)))
    means = np.maximum(sums[2 * half + 1 :] - sums[: samples.size], 0) / (2 * half + 1)
    levels = np.sqrt(means + (FLOOR * samples.std()) ** 2 + np.finfo(float).tiny)
    return np.asarray((levels / levels.mean()) ** -SHARE)
