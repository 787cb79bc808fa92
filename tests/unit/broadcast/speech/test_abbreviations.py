"""Abbreviations by field."""

from __future__ import annotations

from broadcast.speech.normalization.abbreviations import ABBREVIATIONS
from broadcast.speech.normalization.abbreviations.economy import ECONOMY
from broadcast.speech.normalization.abbreviations.government import GOVERNMENT
from broadcast.speech.normalization.abbreviations.life import LIFE
from broadcast.speech.normalization.abbreviations.safety import SAFETY


def test_each_stands_in_one_field_only() -> None:
    assert len(ABBREVIATIONS) == sum(map(len, (ECONOMY, GOVERNMENT, LIFE, SAFETY)))


def test_none_is_explained_by_figures_or_another_abbreviation() -> None:
    assert not [key for key, said in ABBREVIATIONS.items() if any(c.isdigit() for c in said) or said in ABBREVIATIONS]
