"""Abbreviations and how an announcer says them; each stands in one of the fields only."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.speech.normalization.abbreviations.economy import ECONOMY
from broadcast.speech.normalization.abbreviations.government import GOVERNMENT
from broadcast.speech.normalization.abbreviations.life import LIFE
from broadcast.speech.normalization.abbreviations.safety import SAFETY

__all__ = ["ABBREVIATIONS"]

ABBREVIATIONS: Final[Mapping[str, str]] = MappingProxyType({**GOVERNMENT, **SAFETY, **LIFE, **ECONOMY})
