"""Hazard of a CAP message, by its words: a proposal."""

import unicodedata

from broadcast.alerts.cap.message import CapInfo
from broadcast.alerts.hazards import HAZARDS, Hazard


def hazard_of(infos: tuple[CapInfo, ...]) -> Hazard:
    """Find the hazard by the event's name, then by the headline, then by the category; OTHER if none matches."""
    for told in ([info.event for info in infos], [info.headline for info in infos]):
        said = unicodedata.normalize("NFC", " | ".join(told)).casefold()
        for hazard, rule in HAZARDS.items():
            if any(word in said for word in rule.words):
                return hazard
    named = {category for info in infos for category in info.categories}
    return next(
        (hazard for hazard, rule in HAZARDS.items() if rule.is_told_by_category and rule.category in named),
        Hazard.OTHER,
    )
