"""Equaliser and compressor of the voice."""

from __future__ import annotations

import numpy as np
import pytest

from media.kokoro.dynamics import FLOOR, SHARE, TILT_DB, gains, processed, response
from media.kokoro.prosody import RATE_HZ, Floats

SECOND = np.arange(RATE_HZ)
MIDDLE = slice(RATE_HZ // 4, 3 * RATE_HZ // 4)


def tone(hertz: float, level: float = 0.1) -> Floats:
    return (level * np.sin(2 * np.pi * hertz * SECOND / RATE_HZ)).astype(np.float32)


def decibels(factor: float) -> float:
    return 20 * float(np.log10(factor))


@pytest.mark.parametrize(
    ("hertz", "octaves"), [(100, -1.737), (300, -1.737), (500, -1), (1000, 0), (2000, 1), (9000, 2.585)]
)
def test_what_is_higher_is_raised_within_the_horns_band(hertz: int, octaves: float) -> None:
    factors = response(2 * RATE_HZ)
    assert decibels(factors[2 * hertz]) == pytest.approx(octaves * TILT_DB, abs=0.01)


def test_loud_and_soft_come_nearer_to_one_another() -> None:
    said = np.concatenate([tone(1000, 0.5), tone(1000, 0.1)]).astype(np.float32)
    after = processed(said)
    loud, soft = (float(np.std(part[MIDDLE])) for part in np.split(after, 2))
    assert after.dtype == np.float32
    # A little less than the share: the floor counts as a part of each level.
    assert decibels(loud / soft) == pytest.approx(decibels(5) * (1 - SHARE), abs=0.2)


def test_breath_is_not_raised_like_a_consonant() -> None:
    breath = 0.001
    said = np.concatenate([tone(1000, 1.0), tone(1000, breath)])
    loud, soft = (float(part[MIDDLE].mean()) for part in np.split(gains(said), 2))
    # Half of what is heard is silent: the mean level is lower by 3 dB.
    assert soft / loud < (FLOOR / 2) ** -SHARE < breath**-SHARE / 5


@pytest.mark.parametrize("size", [1, 100, RATE_HZ])
def test_silence_stays_silent(size: int) -> None:
    after = processed(np.zeros(size, np.float32))
    assert after.shape == (size,)
    assert not after.any()
