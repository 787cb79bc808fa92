"""Siren of a hazard: the name of a sound on the device's flash."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from broadcast.alerts.lifecycle import has_siren
from broadcast.alerts.model import Hazard, Purpose

DEFAULT: Final = "siren-a"
# Rising water and the sea: people must go uphill at once. A tone of its own, as in the tsunami drills.
_TONES: Final = MappingProxyType(
    {
        Hazard.TSUNAMI: "siren-b",
        Hazard.DAM_RELEASE: "siren-b",
        Hazard.FLASH_FLOOD: "siren-b",
    }
)


GONG: Final = "gong"


def tone_of(hazard: Hazard, purpose: Purpose = Purpose.WARNING) -> str:
    return _TONES.get(hazard, DEFAULT) if has_siren(hazard, purpose) else GONG
