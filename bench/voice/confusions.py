"""Confusions: parts of syllables that were heard as others, counted over many sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from broadcast.speech.phonology.syllables import Syllable, parse
from broadcast.speech.word_errors import words

PARTS = ("onset", "nucleus", "coda", "tone", "has_glide")


@dataclass
class Confusions:
    """Counts by part and value: how often it was said, and which other value or syllable was heard in its place."""

    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, wanted: str, heard: str) -> None:
        """Count one sentence. A syllable without a counterpart counts as heard as nothing."""
        for want, got in aligned(words(wanted), words(heard)):
            said = parse(want) if want else None
            if said is None:
                continue
            if want != got:
                self.words[want, got] += 1
            found = parse(got) if got else None
            for part in PARTS:
                value = str(getattr(said, part)) or "–"
                self.said[part, value] += 1
                other = (str(getattr(found, part)) or "–") if found is not None else "nothing"
                self.wrong[part, value] += other != value
                if other != value:
                    self.heard[part, value, other] += 1

    def rows(self, least: int = 3) -> Iterator[str]:
        """Yield a line for each value said ``least`` times or more and misheard, the most frequent first."""
        for part in PARTS:
            for (kind, value), count in self.wrong.most_common():
                said = self.said[kind, value]
                if kind != part or said < least or not count:
                    continue
                others = Counter({key[2]: number for key, number in self.heard.items() if key[:2] == (kind, value)})
                named = ", ".join(f"{other} {number}" for other, number in others.most_common(5))
                yield f"{part:<8}{value:<7}{count:>4} of {said:<5}{count / said:>5.0%}  {named}"


def aligned(wanted: list[str], heard: list[str]) -> Iterable[tuple[str, str]]:
    """Pair the words with those heard, at the least cost; similar syllables rather pair than others."""
    cost = [[float(at) for at in range(len(heard) + 1)]]
    for place, word in enumerate(wanted, start=1):
        row = [float(place)]
        for at, other in enumerate(heard, start=1):
            row.append(min(cost[-1][at] + 1, row[at - 1] + 1, cost[-1][at - 1] + _distance(word, other)))
        cost.append(row)
    pairs: list[tuple[str, str]] = []
    place, at = len(wanted), len(heard)
    while place or at:
        if place and at and cost[place][at] == cost[place - 1][at - 1] + _distance(wanted[place - 1], heard[at - 1]):
            place, at = place - 1, at - 1
            pairs.append((wanted[place], heard[at]))
        elif place and cost[place][at] == cost[place - 1][at] + 1:
            place -= 1
            pairs.append((wanted[place], ""))
        else:
            at -= 1
            pairs.append(("", heard[at]))
    return pairs[::-1]


def _distance(word: str, other: str) -> float:
    if word == other:
        return 0.0
    said, found = parse(word), parse(other)
    if said is None or found is None:
        return 1.5
    return 0.4 + 0.2 * _differing(said, found)


def _differing(said: Syllable, found: Syllable) -> int:
    return sum(getattr(said, part) != getattr(found, part) for part in PARTS)
