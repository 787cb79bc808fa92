"""Abbreviations and how an announcer says them; each stands in one of the fields only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.spoken.abbreviations.economy import ECONOMY
from broadcast.spoken.abbreviations.government import GOVERNMENT
from broadcast.spoken.abbreviations.life import LIFE
from broadcast.spoken.abbreviations.safety import SAFETY

__all__ = ["ABBREVIATIONS"]

ABBREVIATIONS: Final[Mapping[str, str]] = MappingProxyType({**GOVERNMENT, **SAFETY, **LIFE, **ECONOMY})
