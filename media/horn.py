"""Simulated horn loudspeaker in the open: an amplifier that clips, the horn's band, an echo, wind at the listener.

The same sound gives the same result. Levels are about the root mean square of the whole sound.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
BAND_HZ: Final = (300.0, 6_000.0)
BAND_EDGE_OCTAVES: Final = 1 / 3
"""Width over which the band ends, on either side."""
CLIP_DB: Final = 9.0
"""Above the root mean square: speech has peaks of 12 to 18 dB, which an overdriven amplifier cuts."""
ECHO_S: Final = 0.15
ECHO_DB: Final = -6.0
WIND_SNR_DB: Final = 10.0
"""In the horn's band; below it the wind is louder, and masks nothing."""
GUSTS_HZ: Final = 0.7
_SEED: Final = 20_261_129


def through_horn(samples: Samples, rate_hz: int) -> Samples:
    """Return the sound as it is heard from the horn, with its echo's tail; peaks within full scale."""
    level = _rms(samples)
    clipped = np.clip(samples, -level * 10 ** (CLIP_DB / 20), level * 10 ** (CLIP_DB / 20))
    echo = round(ECHO_S * rate_hz)
    direct = np.pad(in_band(clipped, rate_hz), (0, echo))
    heard = direct + 10 ** (ECHO_DB / 20) * np.roll(direct, echo)
    noise = _wind(heard.size, rate_hz)
    noise *= _rms(heard) / _rms(in_band(noise, rate_hz)) * 10 ** (-WIND_SNR_DB / 20)
    loud = heard + noise
    return loud * 0.9 / max(1e-9, float(np.abs(loud).max()))


def in_band(samples: Samples, rate_hz: int) -> Samples:
    """Keep the horn's band, without a delay."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(samples.size, 1 / rate_hz), 1.0))
    below, above = (np.log2(edge) for edge in BAND_HZ)
    kept = np.minimum((octaves - below) / BAND_EDGE_OCTAVES + 1, (above - octaves) / BAND_EDGE_OCTAVES + 1)
    gain = np.sin(np.clip(kept, 0, 1) * np.pi / 2)
    return np.fft.irfft(np.fft.rfft(samples) * gain, samples.size)


def _wind(size: int, rate_hz: int) -> Samples:
    """Make noise that falls by 6 dB an octave from 50 Hz on, in gusts."""
    random = np.random.default_rng(_SEED)
    hertz = np.fft.rfftfreq(size, 1 / rate_hz)
    noise = np.fft.irfft(np.fft.rfft(random.standard_normal(size)) / np.maximum(hertz, 50.0), size)
    steps = max(2, round(size / rate_hz * GUSTS_HZ) + 1)
    gusts = np.interp(np.linspace(0, steps - 1, size), np.arange(steps), random.uniform(0.5, 1.5, steps))
    return np.asarray(noise * gusts)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2))) or 1e-9
