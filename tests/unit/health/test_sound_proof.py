"""Proof of sound against the commissioned level of the same box."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devices.health.sound_proof import SoundReference, SoundVerdict, is_silenced, sound_verdict
from devices.model import DeviceId

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
HEARD, NOT_HEARD, NOT_MEASURED = SoundVerdict.HEARD, SoundVerdict.NOT_HEARD, SoundVerdict.NOT_MEASURED


def reference(amp_ma: int | None = 300, mic_db: float | None = -32.0) -> SoundReference:
    return SoundReference(DeviceId("l01"), amp_ma, mic_db, NOW)


@pytest.mark.parametrize(
    ("amp_ma", "mic_db", "known", "verdict"),
    [
        (None, None, None, NOT_MEASURED),
        (None, None, reference(), NOT_MEASURED),
        # An idle amplifier and a quiet street, known or not.
        (60, -55.0, None, NOT_HEARD),
        (60, -55.0, reference(), NOT_HEARD),
        (300, -32.0, None, HEARD),
        (300, -32.0, reference(), HEARD),
        # A neighbour's siren in the microphone of a mute box.
        (60, -28.0, reference(), NOT_HEARD),
        # A short circuit draws current and makes no sound.
        (3_200, -55.0, reference(), NOT_HEARD),
        # Far below its own level: half the horns may be gone, not nine tenths.
        (300, -38.0, reference(), HEARD),
        (300, -46.0, reference(), NOT_HEARD),
        (130, -32.0, reference(), NOT_HEARD),
        (150, -32.0, reference(), HEARD),
        # One sensor only.
        (300, None, reference(), HEARD),
        (None, -32.0, reference(), HEARD),
        (None, -55.0, reference(), NOT_HEARD),
        # A sensor that the tone never reached says nothing: the microphone too far away, the amplifier without a meter.
        (300, -55.0, reference(mic_db=-49.0), HEARD),
        (None, -49.0, reference(mic_db=-49.0), NOT_MEASURED),
        (300, -32.0, reference(amp_ma=None, mic_db=None), HEARD),
        (95, -32.0, reference(amp_ma=60), HEARD),
    ],
)
def test_the_verdict(
    amp_ma: int | None, mic_db: float | None, known: SoundReference | None, verdict: SoundVerdict
) -> None:
    assert sound_verdict(amp_ma, mic_db, known) is verdict


def test_a_fault_silences_what_sounded_while_it_lasted_and_nothing_else() -> None:
    minute = timedelta(minutes=1)
    assert is_silenced([(NOW, None)], NOW + minute, None)
    assert is_silenced([(NOW + minute, None)], NOW, NOW + 2 * minute)
    assert not is_silenced([(NOW + 3 * minute, None)], NOW, NOW + 2 * minute)
    assert not is_silenced([(NOW - 3 * minute, NOW - minute)], NOW, NOW + minute)
    assert is_silenced([(NOW - 3 * minute, NOW + minute)], NOW, NOW + 2 * minute)
    assert not is_silenced([], NOW, None)
