"""Hazard of a CAP message, by its words: a proposal; and the CAP category of each hazard."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.alerts.cap.message import CapInfo, Category
from broadcast.alerts.model import Hazard

# In this order: a flash flood is a flood too, and water released from a dam makes one. Words keep their diacritics:
# without them "bão" (storm) is part of every "cảnh báo" (warning).
_WORDS: Final = (
    (Hazard.TSUNAMI, ("sóng thần", "tsunami")),
    (
        Hazard.DAM_RELEASE,
        ("xả lũ", "xả nước", "vỡ đập", "hồ chứa", "dam release", "reservoir", "dam break", "dam fail"),
    ),
    (Hazard.FLASH_FLOOD, ("lũ quét", "lũ ống", "flash flood")),
    (Hazard.LANDSLIDE, ("sạt lở", "trượt lở", "lở đất", "landslide", "mudslide", "debris flow")),
    (Hazard.STORM, ("bão", "áp thấp nhiệt đới", "giông", "lốc", "storm", "typhoon", "cyclone", "hurricane", "tornado")),
    (Hazard.FLOOD, ("lũ", "ngập", "triều cường", "flood", "inundation")),
    (Hazard.EARTHQUAKE, ("động đất", "earthquake", "seismic")),
    (Hazard.FOREST_FIRE, ("cháy", "fire")),
    (Hazard.EPIDEMIC, ("dịch bệnh", "bệnh dịch", "dịch", "epidemic", "pandemic", "outbreak", "disease")),
    (Hazard.CHEMICAL, ("hóa chất", "hóa chất", "phóng xạ", "khí độc", "chemical", "hazardous", "radiolog", "toxic")),
    (Hazard.MISSING_PERSON, ("mất tích", "đi lạc", "missing", "amber", "abduct")),
    (Hazard.PUBLIC_ORDER, ("an ninh", "trật tự", "khủng bố", "civil unrest", "terror", "shooter", "law enforcement")),
)
_OF_CATEGORY: Final = (
    (Category.FIRE, Hazard.FOREST_FIRE),
    (Category.HEALTH, Hazard.EPIDEMIC),
    (Category.CBRNE, Hazard.CHEMICAL),
    (Category.SECURITY, Hazard.PUBLIC_ORDER),
)
CATEGORIES: Final[Mapping[Hazard, Category]] = MappingProxyType(
    {
        Hazard.STORM: Category.MET,
        Hazard.FLOOD: Category.MET,
        Hazard.FLASH_FLOOD: Category.MET,
        Hazard.LANDSLIDE: Category.GEO,
        Hazard.DAM_RELEASE: Category.INFRA,
        Hazard.TSUNAMI: Category.GEO,
        Hazard.EARTHQUAKE: Category.GEO,
        Hazard.FOREST_FIRE: Category.FIRE,
        Hazard.EPIDEMIC: Category.HEALTH,
        Hazard.CHEMICAL: Category.CBRNE,
        Hazard.PUBLIC_ORDER: Category.SECURITY,
        Hazard.MISSING_PERSON: Category.RESCUE,
        Hazard.OTHER: Category.OTHER,
    }
)


def hazard_of(infos: tuple[CapInfo, ...]) -> Hazard:
    """Find the hazard by the event's name, then by the headline, then by the category; OTHER if none matches."""
    for told in ([info.event for info in infos], [info.headline for info in infos]):
        said = unicodedata.normalize("NFC", " | ".join(told)).casefold()
        for hazard, words in _WORDS:
            if any(word in said for word in words):
                return hazard
    named = {category for info in infos for category in info.categories}
    return next((hazard for category, hazard in _OF_CATEGORY if category in named), Hazard.OTHER)
