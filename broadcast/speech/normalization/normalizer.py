"""Text in, spoken text out, with every change in between."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from broadcast.speech.normalization import (
    ambiguous_letters,
    codes,
    crop_varieties,
    documents,
    identifiers,
    measures,
    names,
    places,
    plain_numbers,
    powers,
    punctuation,
    roman_numerals,
    spelled_letters,
)
from broadcast.speech.normalization.dates import calendar, clock, listed_months, relative_days, weekdays
from broadcast.speech.normalization.doubtful_readings import TextSpan, doubts
from broadcast.speech.normalization.rules import ReadingRule, claimed, rule
from broadcast.speech.readings import Saying, SpokenSubstitution, applied

VIETNAMESE = "vi"
_RULES: tuple[ReadingRule, ...] = (
    *identifiers.RULES,
    *crop_varieties.RULES,
    *codes.FIRST_RULES,
    *documents.RULES,
    *places.RULES,
    *plain_numbers.RATIOS,
    *relative_days.RULES,
    *listed_months.RULES,
    *calendar.RULES,
    *clock.RULES,
    *powers.RULES,
    *measures.RULES,
    *roman_numerals.RULES,
    *spelled_letters.RULES,
    *weekdays.RULES,
    *ambiguous_letters.RULES,
    *names.RULES,
    *codes.RULES,
    *plain_numbers.RULES,
    *punctuation.RULES,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading of a text. ``text`` is the written one, composed (NFC); the places of ``changes`` are in it."""

    text: str
    changes: tuple[SpokenSubstitution, ...]

    @property
    def spoken(self) -> str:
        return applied(self.text, self.changes)

    @property
    def doubts(self) -> tuple[TextSpan, ...]:
        """Doubtful readings in it."""
        return doubts(self.text, self.changes)


def read(text: str, sayings: Sequence[Saying] = ()) -> Reading:
    """Read a text as an announcer does.

    Sayings that officials have taught go before every rule, the first of ``sayings`` first.
    """
    return _read(unicodedata.normalize("NFC", text), tuple(sayings))


# An alert's words are read ten times on their way from the draft to the order, 3 ms each.
@lru_cache(maxsize=32)
def _read(composed: str, sayings: tuple[Saying, ...]) -> Reading:
    return Reading(composed, claimed(composed, (*map(_taught, sayings), *_RULES)))


def _taught(saying: Saying) -> ReadingRule:
    written = re.escape(unicodedata.normalize("NFC", saying.written.strip())).replace(r"\ ", r"\s+")
    flags = 0 if saying.is_case_sensitive else re.IGNORECASE
    spoken = unicodedata.normalize("NFC", saying.spoken.strip())
    return rule("word", rf"(?<!\w){written}(?!\w)", lambda _: spoken, flags)
