"""Characters that no Vietnamese voice says: other scripts, emoji, and a text that is punctuation only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from broadcast.speech.readings import SpokenSubstitution


def unreadable(text: str, changes: Iterable[SpokenSubstitution]) -> Iterator[tuple[int, int]]:
    """Find the spans that would be dropped or garbled; what a rule or a taught saying puts into words is none."""
    made = tuple(changes)
    for start, end in _spans(text):
        there = [each for each in made if each.start < end and each.end > start]
        if any(_has_words(each.spoken) for each in there):
            continue
        at = start
        for each in there:
            if each.start > at:
                yield at, each.start
            yield each.start, each.end
            at = max(at, each.end)
        if at < end:
            yield at, end


def _spans(text: str) -> Iterator[tuple[int, int]]:
    stripped = text.strip()
    if stripped and not _has_words(stripped):
        start = text.index(stripped)
        yield start, start + len(stripped)
        return
    begun: int | None = None
    last = 0
    for at, character in enumerate(text):
        if _is_foreign(character):
            begun = at if begun is None else begun
            last = at + 1
        elif begun is not None and not character.isspace() and not _belongs(character):
            yield begun, last
            begun = None
    if begun is not None:
        yield begun, last


def _is_foreign(character: str) -> bool:
    if character.isalpha():
        return not unicodedata.name(character, "").startswith(("LATIN", "FULLWIDTH LATIN"))
    return unicodedata.category(character) in {"So", "Cs", "Co", "Cn"}


def _belongs(character: str) -> bool:
    """Marks and joiners inside such a run."""
    return unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf", "Sk"}


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
