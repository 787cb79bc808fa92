"""Which siren on the device's flash belongs to which hazard; the device knows the sounds by these names."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from broadcast.model.alerts import Hazard

DEFAULT: Final = "siren-a"
# Water that rises and the sea want people uphill at once: a tone of its own, as in the tsunami drills.
_TONES: Final = MappingProxyType(
    {
        Hazard.TSUNAMI: "siren-b",
        Hazard.DAM_RELEASE: "siren-b",
        Hazard.FLASH_FLOOD: "siren-b",
        Hazard.EPIDEMIC: "gong",
        Hazard.MISSING_PERSON: "gong",
    }
)


def tone_of(hazard: Hazard) -> str:
    return _TONES.get(hazard, DEFAULT)
