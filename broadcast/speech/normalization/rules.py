"""Rules of reading: each claims passages that it can say, which no later rule touches."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from broadcast.speech.readings import SpokenSubstitution

_LOOK_BACK = 40

Say = Callable[["re.Match[str]"], str | None]
"""Reading of a match; None: the rule does not apply."""


@dataclass(frozen=True, slots=True)
class ReadingRule:
    """Rule: ``say`` reads the group ``x`` of ``pattern`` where it has one, else the whole match."""

    name: str
    pattern: re.Pattern[str]
    say: Say


def rule(name: str, pattern: str, say: Say | str, flags: int = 0) -> ReadingRule:
    return ReadingRule(name, re.compile(pattern, flags), say if callable(say) else lambda _: say)


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
