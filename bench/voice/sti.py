"""Speech transmission index (STI) of a channel, by test signals, and of heard speech: 0 to 1.

Own implementation, after IEC 60268-16:2020, full method with male weights. Left out are auditory masking and the
threshold of hearing: the simulated horn has no sound pressure level. Noise that fluctuates counts as modulation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.horn import Samples

Coefficients = NDArray[np.complex128]
OCTAVES_HZ: Final = 125.0 * 2 ** np.arange(7)
MODULATIONS_HZ: Final = np.array([0.63, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0, 10.0, 12.5])
SPECTRUM_DB: Final = np.array([-2.5, 0.5, 0.0, -6.0, -12.0, -18.0, -24.0])
"""Levels of male speech in the octave bands."""
_WEIGHTS: Final = np.array([0.085, 0.127, 0.230, 0.233, 0.309, 0.224, 0.173])
"""Alpha, of the octave bands of male speech."""
_REDUNDANCY: Final = np.array([0.085, 0.078, 0.065, 0.011, 0.047, 0.095])
"""Beta, of neighbouring octave bands."""
_RANGE_DB: Final = 15.0
PERIOD_S: Final = 16
"""Length of a test signal. Modulations are rounded to whole cycles: by 1.6 % at most."""
_SETTLING_S: Final = 1
"""End of the period, sent before it: the channel's echoes are there when the period begins."""
_ENVELOPE_HZ: Final = 50.0
"""Upper end of the modulations of speech."""
_SEED: Final = 20_261_129
_TINY: Final = 1e-300


def transmission_index(transfer: Samples) -> float:
    """Return the index of modulation transfers: 7 octave bands × any number of modulations, each 0 to 1."""
    transfer = np.clip(transfer, 1e-9, 1 - 1e-9)
    apparent_snr_db = np.clip(10 * np.log10(transfer / (1 - transfer)), -_RANGE_DB, _RANGE_DB)
    bands = ((apparent_snr_db + _RANGE_DB) / (2 * _RANGE_DB)).mean(axis=1)
    return float(_WEIGHTS @ bands - _REDUNDANCY @ np.sqrt(bands[:-1] * bands[1:]))


def modulation_transfer(channel: Callable[[Samples], Samples], rate_hz: int, period_s: int = PERIOD_S) -> Samples:
    """Measure the share of each modulation that a channel leaves: 7 octave bands × 14 modulations.

    Each of the 98 signals is noise with the spectrum of speech, of which one band is modulated fully in intensity. The
    channel may be non-linear. It must not delay; what it returns beyond the length of its input is not looked at.
    """
    size = period_s * rate_hz
    carriers = _carriers(size, rate_hz)
    everything = carriers.sum(axis=0)
    cycles = np.rint(MODULATIONS_HZ * period_s).astype(int)
    transfer = np.empty((OCTAVES_HZ.size, cycles.size))
    settling = _SETTLING_S * rate_hz
    for band, (centre_hz, carrier) in enumerate(zip(OCTAVES_HZ, carriers, strict=True)):
        for at, cycle in enumerate(cycles):
            # The root of 1 + cos, by the half angle.
            modulation = np.sqrt(2) * np.abs(np.cos(np.pi * cycle * np.arange(size) / size))
            sent = everything + carrier * (modulation - 1)
            heard = channel(np.concatenate([sent[-settling:], sent]))[settling : settling + size]
            transfer[band, at] = _depth(heard, rate_hz, centre_hz, cycle) / _depth(sent, rate_hz, centre_hz, cycle)
    return transfer


def channel_sti(channel: Callable[[Samples], Samples], rate_hz: int) -> float:
    """Return the index of a channel, measured with test signals."""
    return transmission_index(modulation_transfer(channel, rate_hz))


def speech_sti(clean: Samples, heard: Samples, rate_hz: int) -> float:
    """Return the index of heard speech. ``heard`` is aligned with ``clean``; what is longer is cut off.

    By regression of the heard intensity envelope on the clean one, after Ludvigsen, Elberling, Keidser and Poulsen,
    Acta Oto-Laryngologica suppl. 469, 1990, as given by Goldsworthy and Greenberg, JASA 116(6), 2004. It is meant for
    channels that add and clip: an expander or a noise gate would raise it beyond its use.

    Raises:
        ValueError: the clean sound is silent.
    """
    size = min(clean.size, heard.size)
    if not clean[:size].any():
        raise ValueError("no speech")
    bands = [_regression(clean[:size], heard[:size], rate_hz, centre_hz) for centre_hz in OCTAVES_HZ]
    return transmission_index(np.array(bands)[:, None])


def _regression(clean: Samples, heard: Samples, rate_hz: int, centre_hz: float) -> float:
    """Return the slope of the envelopes, each divided by its mean."""
    last = max(1, int(_ENVELOPE_HZ * clean.size / rate_hz))
    x, y = (_intensity(samples, rate_hz, centre_hz)[: last + 1] for samples in (clean, heard))
    slope = float(np.vdot(x[1:], y[1:]).real) / max(_TINY, float(np.vdot(x[1:], x[1:]).real))
    return slope * float(x[0].real) / max(_TINY, float(y[0].real))


def _depth(samples: Samples, rate_hz: int, centre_hz: float, cycle: int) -> float:
    """Return the depth of the modulation that has so many cycles in the sound."""
    intensity = _intensity(samples, rate_hz, centre_hz)
    return 2 * float(np.abs(intensity[cycle])) / max(_TINY, float(intensity[0].real))


def _intensity(samples: Samples, rate_hz: int, centre_hz: float) -> Coefficients:
    """Return the Fourier coefficients of an octave band's intensity: the mean, then one for each whole cycle."""
    band = np.fft.rfft(samples)[_bins(samples.size, rate_hz, centre_hz)]
    points = 2 ** int(np.ceil(np.log2(2 * max(1, band.size))))
    envelope = np.abs(np.fft.ifft(band, points)) ** 2
    return np.asarray(np.fft.rfft(envelope) / points, np.complex128)


def _bins(size: int, rate_hz: int, centre_hz: float) -> slice:
    low, high = (int(np.ceil(edge * centre_hz * size / rate_hz)) for edge in (2**-0.5, 2**0.5))
    return slice(low, high)


def _carriers(size: int, rate_hz: int) -> Samples:
    """Make pink noise in each octave band, at the levels of male speech: bands × samples."""
    random = np.random.default_rng(_SEED)
    white = np.fft.rfft(random.standard_normal(size))
    pink = white / np.sqrt(np.maximum(1, np.arange(white.size)))
    carriers = np.zeros((OCTAVES_HZ.size, size))
    for band, centre_hz in enumerate(OCTAVES_HZ):
        kept = np.zeros_like(pink)
        bins = _bins(size, rate_hz, centre_hz)
        kept[bins] = pink[bins]
        carrier = np.fft.irfft(kept, size)
        carriers[band] = carrier / carrier.std() * 10 ** (SPECTRUM_DB[band] / 20)
    return carriers
