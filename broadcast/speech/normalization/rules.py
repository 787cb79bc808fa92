"""Rules of reading: each claims passages that it can say, which no later rule touches."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from broadcast.speech.normalization.numbers import (
    cardinal,
    digits,
    grouped,
    led,
    letters,
    month_name,
    ordinal,
    roman,
    said,
)
from broadcast.speech.normalization.units import UNITS
from broadcast.speech.readings import SpokenSubstitution

_LOOK_BACK = 40

Say = Callable[["re.Match[str]"], str | None]
"""Reading of a match; None: the rule does not apply."""


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "cardinal": lambda text: cardinal(int(text)),
    "ordinal": lambda text: ordinal(int(text)),
    "roman": lambda text: cardinal(roman(text)),
    "digits": digits,
    "grouped": grouped,
    "led": led,
    "letters": letters,
    "month": month_name,
    "said": said,
    "unit": UNITS.__getitem__,
    "": str,
}


class _Written(str):
    """Group of a match, whose format names the function that reads it."""

    __slots__ = ()

    def __format__(self, reader: str) -> str:
        return _READERS[reader](self)


@dataclass(frozen=True, slots=True)
class ReadingRule:
    """Rule: ``say`` reads the group ``x`` of ``pattern`` where it has one, else the whole match."""

    name: str
    pattern: re.Pattern[str]
    say: Say


def rule(name: str, pattern: str, say: Say | str, flags: int = 0) -> ReadingRule:
    """Return a rule. Text reads the match by its groups, 0 is all of it: ``"{d:cardinal} tháng {m:month}"``."""
    return ReadingRule(name, re.compile(pattern, flags), say if callable(say) else partial(_spoken, say))


def _spoken(template: str, match: re.Match[str]) -> str:
    groups = {name: _Written(text) for name, text in match.groupdict("").items()}
    return template.format(_Written(match[0]), **groups)


def before(match: re.Match[str], reach: int = _LOOK_BACK) -> str:
    """Return a few characters before it: a text of one long line is asked about each of its numbers."""
    return match.string[max(0, match.start() - reach) : match.start()]


def claimed(text: str, rules: Iterable[ReadingRule]) -> tuple[SpokenSubstitution, ...]:
    """Return disjoint changes, in order; a space parts each from letters and digits it would otherwise touch."""
    taken = bytearray(len(text))
    found: list[SpokenSubstitution] = []
    for each in rules:
        group = "x" if "x" in each.pattern.groupindex else 0
        for match in each.pattern.finditer(text):
            start, end = match.span(group)
            if start == end or any(taken[start:end]):
                continue
            said = each.say(match)
            if said is not None:
                taken[start:end] = b"\x01" * (end - start)
                found.append(SpokenSubstitution(start, end, said, each.name))
    return tuple(_apart(text, sorted(found, key=lambda change: change.start)))


def _apart(text: str, changes: list[SpokenSubstitution]) -> Iterable[SpokenSubstitution]:
    before, at = "", 0
    for place, change in enumerate(changes):
        before = text[at : change.start][-1:] or before
        is_next_claimed = place + 1 < len(changes) and changes[place + 1].start == change.end
        after = "" if is_next_claimed else text[change.end : change.end + 1]
        said = change.spoken
        if said and before.isalnum() and said[0].isalnum():
            said = f" {said}"
        if said and after.isalnum() and said[-1].isalnum():
            said = f"{said} "
        before, at = said[-1:] or before, change.end
        yield SpokenSubstitution(change.start, change.end, said, change.rule)
