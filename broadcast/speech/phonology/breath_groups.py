"""Breath groups of a text, as an announcer says it: nothing of it is left out, or it is refused."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from broadcast.speech.phonology.dialects import Dialect, as_read
from broadcast.speech.phonology.loan_words import respelled
from broadcast.speech.phonology.syllables import Syllable


class Pause(StrEnum):
    """End of a breath group: GROUP is heard by length alone, the others are followed by silence."""

    GROUP = "group"
    CLAUSE = "clause"
    STATEMENT = "statement"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class BreathGroup:
    """Syllables said in one breath, and the pause after them."""

    syllables: tuple[Syllable, ...]
    end: Pause


@dataclass
class UnreadableError(Exception):
    """The text holds ``words`` that are none of Vietnamese and have no reading."""

    words: tuple[str, ...]


_TOKEN = re.compile(r"(?P<word>[^\W\d_]+)|(?P<joint>(?<=\w)[-'’](?=\w))|(?P<space>[^\S\n]+)|(?P<other>.)", re.DOTALL)
_ENDS = {
    **dict.fromkeys(".!…\n", Pause.STATEMENT),
    "?": Pause.QUESTION,
    **dict.fromkeys(",;:-–—()[]/", Pause.CLAUSE),
}
_UNHEARD = frozenset("\"'“”‘’«»„\u200b\ufeff")
_STRENGTH = list(Pause)
_OPENERS = frozenset((
    "và", "hoặc", "hay", "nhưng", "mà", "để", "từ", "đến", "tại", "của", "cho", "vì", "nên", "khi", "nếu", "do",
    "theo", "với", "trong", "trên", "dưới", "bằng", "vào", "không", "được", "các", "những", "đã", "đang", "sẽ",
    "phải", "là", "về", "qua", "trước", "sau",
))  # fmt: skip
"""Words that open a group of sense: an announcer breathes before them, never after."""
_GROUP_MIN, _GROUP_MAX = 4, 12
"""Syllables of a group: Vietnamese readers pause after 4 to 9; longer ones are cut where no small word comes."""


def breath_groups(text: str, dialect: Dialect = Dialect.ANNOUNCER) -> tuple[BreathGroup, ...]:
    """Read a text, which has no digits any more, as groups of syllables in this dialect.

    Raises:
        UnreadableError: it holds a word or sign that would be left out.
    """
    found: list[BreathGroup] = []
    unknown: list[str] = []
    words: list[tuple[str, tuple[Syllable, ...]]] = []
    for kind, token in _tokens(text):
        if kind == "word":
            syllables = respelled(token)
            if syllables is None:
                unknown.append(token)
            else:
                words.append((token.lower(), syllables))
        elif kind == "other" and token in _ENDS:
            _end(found, words, _ENDS[token])
        elif kind == "other" and token not in _UNHEARD:
            unknown.append(token)
    if unknown:
        raise UnreadableError(tuple(dict.fromkeys(unknown)))
    _end(found, words, Pause.STATEMENT)
    return tuple(
        BreathGroup(tuple(as_read(syllable, dialect) for syllable in group.syllables), group.end) for group in found
    )


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(unicodedata.normalize("NFC", text)):
        yield str(match.lastgroup), match[0]


def _end(found: list[BreathGroup], words: list[tuple[str, tuple[Syllable, ...]]], end: Pause) -> None:
    """Close the group with this pause; a mark after a mark only makes the pause longer."""
    if words:
        found += _grouped(words, end)
        words.clear()
    elif found and _STRENGTH.index(end) > _STRENGTH.index(found[-1].end):
        found[-1] = BreathGroup(found[-1].syllables, end)


def _grouped(words: Sequence[tuple[str, tuple[Syllable, ...]]], end: Pause) -> Iterator[BreathGroup]:
    """Cut a long group before words that open a group, in pieces of a breath's length."""
    group: list[Syllable] = []
    left = sum(len(syllables) for _, syllables in words)
    for word, syllables in words:
        opens = word in _OPENERS and len(group) >= _GROUP_MIN and left >= _GROUP_MIN
        if opens or (len(group) >= _GROUP_MAX and left >= _GROUP_MIN):
            yield BreathGroup(tuple(group), Pause.GROUP)
            group = []
        group += syllables
        left -= len(syllables)
    yield BreathGroup(tuple(group), end)
