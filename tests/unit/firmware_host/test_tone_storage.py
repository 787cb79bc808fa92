"""Tones on flash, and the sensors' reports of them."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.physics.amplifier import IDLE, IDLE_MA, STREET_DB, Amplifier, LoudspeakerLine
from firmware_sim.sound import stored_tones

RATE_HZ = 16_000


@pytest.mark.parametrize("name", stored_tones.NAMES)
def test_a_tone_is_as_long_as_asked_loud_enough_and_never_clipped(name: str) -> None:
    samples = stored_tones.tone(name, 10_000, RATE_HZ)
    assert len(samples) == 10 * RATE_HZ
    assert 500 < np.abs(samples.astype(np.int32)).max() <= stored_tones.PEAK
    assert abs(float(samples.mean())) < 50


@pytest.mark.parametrize("name", stored_tones.NAMES)
def test_a_tone_goes_round_without_a_click(name: str) -> None:
    period = stored_tones.pattern(name, RATE_HZ).astype(np.int32)
    steps = np.abs(np.diff(period))
    assert abs(int(period[0]) - int(period[-1])) <= max(int(steps.max()), 1)


def test_every_tone_is_another_and_the_drill_s_is_much_softer_than_any_siren() -> None:
    sounded = {name: stored_tones.tone(name, 4_000, RATE_HZ).astype(np.float64) for name in stored_tones.NAMES}
    powers = {name: float(np.mean(signal**2)) for name, signal in sounded.items()}
    assert len({round(power) for power in powers.values()}) == len(stored_tones.NAMES)
    sirens = [power for name, power in powers.items() if name.startswith("siren")]
    assert powers[stored_tones.DRILL] * 10 < min(sirens)


def test_an_unknown_tone_is_the_first_siren() -> None:
    assert np.array_equal(
        stored_tones.tone("of-a-later-version", 500, RATE_HZ), stored_tones.tone(stored_tones.FIRST, 500, RATE_HZ)
    )


def test_a_tone_of_no_length_has_no_samples() -> None:
    assert len(stored_tones.tone(stored_tones.FIRST, 0, RATE_HZ)) == 0


def test_the_sensors_tell_silence_from_sound_and_loud_from_soft() -> None:
    amplifier = Amplifier(LoudspeakerLine())
    assert amplifier.proof(0.0) == IDLE
    loud, soft = amplifier.proof(0.5), amplifier.proof(0.05)
    assert loud.amp_ma is not None
    assert soft.amp_ma is not None
    assert loud.mic_db is not None
    assert soft.mic_db is not None
    assert loud.amp_ma > soft.amp_ma > IDLE_MA
    assert loud.mic_db > soft.mic_db >= STREET_DB
