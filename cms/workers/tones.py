"""Which siren on the device's flash belongs to which hazard; the device knows the sounds by these names."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from broadcast.alerting import has_siren
from broadcast.model.alerts import Hazard, Purpose

DEFAULT: Final = "siren-a"
# Water that rises and the sea want people uphill at once: a tone of its own, as in the tsunami drills.
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
