"""Readings: spoken forms of written text, and the dictionary of pronunciations that officials entered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from province.areas import AreaId
from province.people import UserId

PronunciationId = NewType("PronunciationId", str)


@dataclass(frozen=True, slots=True)
class SpokenSubstitution:
    """``spoken`` stands for the characters from ``start`` to before ``end``; ``rule`` says why (a stable code)."""

    start: int
    end: int
    spoken: str
    rule: str


@dataclass(frozen=True, slots=True)
class Saying:
    """Say ``written`` as ``spoken``, wherever it stands as a word of its own."""

    written: str
    spoken: str
    is_case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class DictionaryEntry:
    """Entry of the province's dictionary: it holds in ``area_id`` and below, unless a nearer area has another."""

    id: PronunciationId
    area_id: AreaId
    saying: Saying
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str


def applied(text: str, changes: Iterable[SpokenSubstitution]) -> str:
    """Apply changes to the text, to the spoken form; ``changes`` disjoint and in order."""
    parts: list[str] = []
    at = 0
    for change in changes:
        parts += (text[at : change.start], change.spoken)
        at = change.end
    return "".join((*parts, text[at:]))
