"""Sentences of a spoken text: what is heard at one press while it is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SENTENCE_MOST: Final = 600
"""Letters, some forty seconds: a longer sentence is cut at a clause or a space, that nobody waits long to hear it."""
_END: Final = re.compile(r"[.!?…]+[\"”’)\]]*\s+|\n\s*")
_JOINT: Final = re.compile(r"[,;:–]?\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters from ``start`` to before ``end`` of the text, with the space behind it."""

    start: int
    end: int


def sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences in order; together they are the text, but for what has nothing to say in it."""
    ends = [*(match.end() for match in _END.finditer(text)), len(text)]
    starts = [0, *ends[:-1]]
    found = (part for start, end in zip(starts, ends, strict=True) for part in _parts(text, start, end))
    return tuple(each for each in found if any(sign.isalnum() for sign in text[each.start : each.end]))


def _parts(text: str, start: int, end: int) -> Iterator[Sentence]:
    while end - start > SENTENCE_MOST:
        joints = [match.end() for match in _JOINT.finditer(text, start + 1, start + SENTENCE_MOST)]
        cut = joints[-1] if joints else start + SENTENCE_MOST
        yield Sentence(start, cut)
        start = cut
    yield Sentence(start, end)
