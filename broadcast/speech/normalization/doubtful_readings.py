"""Doubtful readings: guesses that a person who knows should hear before they are aired.

Among them are characters that no Vietnamese voice says: other scripts, emoji, and a text that is punctuation only.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

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


class Doubt(StrEnum):
    """Possible error of a reading."""

    LETTERS = "letters"
    """Unknown capitals, spelt."""
    WORD = "word"
    """Unknown capitals, said as a word."""
    JOINED = "joined"
    """Capitals put together from two that are known."""
    DATE = "date"
    """Read as a day and a month; it may be a share."""
    SHARE = "share"
    """Read as a share; it may be a day and a month."""
    NUMERAL = "numeral"
    """Letters read as a Roman numeral without a word beside them that says so."""
    SCORE = "score"
    """Two numbers read as a score; they may be a day and a month."""
    UNREADABLE = "unreadable"
    """No voice says it: another script, an emoji, punctuation only."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """The characters from ``start`` to before ``end`` of the text."""

    start: int
    end: int
    doubt: Doubt


_BY_RULE: Final[Mapping[str, Doubt]] = MappingProxyType(
    {
        "unknown": Doubt.LETTERS, "joined": Doubt.JOINED, "bare_date": Doubt.DATE, "bare_share": Doubt.SHARE,
        "bare_numeral": Doubt.NUMERAL, "bare_score": Doubt.SCORE,
    }
)  # fmt: skip
_CAPITALS = re.compile(r"(?<![\w.@/-])[A-ZĐ]{2,12}(?![\w@-])")
_SAID = frozenset({"RON", "SIM", "DO", "LED", "GAS", "WC"})
"""Said as words by all announcers."""
_NEAR = 40


def doubts(text: str, changes: Iterable[SpokenSubstitution]) -> tuple[TextSpan, ...]:
    """Return the doubtful places in order; ``text`` and ``changes`` as of ``read``, or kept from then."""
    made = tuple(changes)
    guessed = [TextSpan(each.start, each.end, _BY_RULE[each.rule]) for each in made if each.rule in _BY_RULE]
    unsaid = [TextSpan(start, end, Doubt.UNREADABLE) for start, end in unreadable(text, made)]
    return tuple(sorted((*guessed, *unsaid, *_left(text, made)), key=lambda place: place.start))


def _left(text: str, changes: tuple[SpokenSubstitution, ...]) -> Iterator[TextSpan]:
    """Yield capitals that no rule touched; in a heading all words are capitals."""
    taken = bytearray(len(text))
    for each in changes:
        taken[each.start : each.end] = b"\x01" * (each.end - each.start)
    for match in _CAPITALS.finditer(text):
        is_left = not any(taken[match.start() : match.end()]) and match[0] not in _SAID
        if is_left and not _is_in_heading(text, match):
            yield TextSpan(match.start(), match.end(), Doubt.WORD)


def _is_in_heading(text: str, match: re.Match[str]) -> bool:
    ahead = re.findall(r"[^\W\d_]+", text[max(0, match.start() - _NEAR) : match.start()])[-1:]
    behind = re.findall(r"[^\W\d_]+", text[match.end() : match.end() + _NEAR])[:1]
    return any(len(word) > 1 and word.isupper() for word in (*ahead, *behind))
