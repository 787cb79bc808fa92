"""Text in, spoken text out, with every change in between."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.model.readings import Saying, SpokenSubstitution, applied
from broadcast.spoken import (
    calendar,
    clock,
    codes,
    documents,
    identifiers,
    listed_months,
    marks,
    measures,
    names,
    places,
    plain,
    powers,
    relative_days,
    romans,
    spelling,
    surroundings,
    varieties,
    weekdays,
)
from broadcast.spoken.claiming import ReadingRule, claimed, rule
from broadcast.spoken.doubts import TextSpan, doubts

VIETNAMESE = "vi"
_RULES: tuple[ReadingRule, ...] = (
    *identifiers.RULES,
    *varieties.RULES,
    *codes.FIRST_RULES,
    *documents.RULES,
    *places.RULES,
    *plain.RATIOS,
    *relative_days.RULES,
    *listed_months.RULES,
    *calendar.RULES,
    *clock.RULES,
    *powers.RULES,
    *measures.RULES,
    *romans.RULES,
    *spelling.RULES,
    *weekdays.RULES,
    *surroundings.RULES,
    *names.RULES,
    *codes.RULES,
    *plain.RULES,
    *marks.RULES,
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
    composed = unicodedata.normalize("NFC", text)
    return Reading(composed, claimed(composed, (*map(_taught, sayings), *_RULES)))


def _taught(saying: Saying) -> ReadingRule:
    written = re.escape(unicodedata.normalize("NFC", saying.written.strip())).replace(r"\ ", r"\s+")
    flags = 0 if saying.is_case_sensitive else re.IGNORECASE
    return rule("word", rf"(?<!\w){written}(?!\w)", unicodedata.normalize("NFC", saying.spoken.strip()), flags)
