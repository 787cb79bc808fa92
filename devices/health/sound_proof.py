"""Proof of sound: the verdict on a device's amplifier and microphone readings while it sounded.

Both are compared with the same box's readings of its own test tone at commissioning. A figure alone proves nothing: an
idle amplifier draws current, and a microphone hears the street.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from devices.health.kinds import FaultKind
from devices.health.symptoms import IDLE_MA, STREET_DB
from devices.model import DeviceId

MIC_MARGIN_DB: Final = 12.0
"""A tone and speech differ by this at most; a line that lost half its horns loses 6 dB."""
MIC_STANDS_OUT_DB: Final = 3.0
"""A microphone whose test tone rose less than this above a street cannot tell sound from silence."""
DRIVEN_SHARE: Final = 0.25
"""Of the current that the test tone drew above an idle amplifier; speech has pauses."""
SILENCING: Final = frozenset(
    {
        FaultKind.AMP_CUT_OUT,
        FaultKind.AMP_FAULT,
        FaultKind.SPEAKER_OPEN,
        FaultKind.SPEAKER_SHORT,
        FaultKind.SILENT_PLAYBACK,
    }
)
"""While one of these lasts nothing is heard of a device that plays, whatever it measured."""


class SoundVerdict(StrEnum):
    """Verdict of a device's sensors on its sound."""

    HEARD = "heard"
    NOT_HEARD = "not_heard"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class SoundReference:
    """Readings of a box's own test tone at commissioning; None: it has no such sensor."""

    device_id: DeviceId
    amp_ma: int | None
    mic_db: float | None
    measured_at: datetime


def sound_verdict(amp_ma: int | None, mic_db: float | None, reference: SoundReference | None) -> SoundVerdict:
    """Judge the sound: every usable sensor has to confirm it, for a mute box's microphone hears the neighbours."""
    words = [word for word in (_driven(amp_ma, reference), _audible(mic_db, reference)) if word is not None]
    if not words:
        return SoundVerdict.NOT_MEASURED
    return SoundVerdict.HEARD if all(words) else SoundVerdict.NOT_HEARD


def is_silenced(
    faults: Iterable[tuple[datetime, datetime | None]], started_at: datetime, ended_at: datetime | None
) -> bool:
    """Return whether a silencing fault, given as (start, end), lasted at any time while the device sounded."""
    return any(
        (ended_at is None or since_at <= ended_at) and (until_at is None or until_at >= started_at)
        for since_at, until_at in faults
    )


def _driven(amp_ma: int | None, reference: SoundReference | None) -> bool | None:
    if amp_ma is None:
        return None
    tone_ma = None if reference is None else reference.amp_ma
    if tone_ma is None or tone_ma <= IDLE_MA:
        return amp_ma > IDLE_MA
    return amp_ma >= IDLE_MA + DRIVEN_SHARE * (tone_ma - IDLE_MA)


def _audible(mic_db: float | None, reference: SoundReference | None) -> bool | None:
    if mic_db is None:
        return None
    tone_db = None if reference is None else reference.mic_db
    if tone_db is None:
        return mic_db > STREET_DB
    if tone_db < STREET_DB + MIC_STANDS_OUT_DB:
        return None
    return mic_db > max(STREET_DB, tone_db - MIC_MARGIN_DB)
