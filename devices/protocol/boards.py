"""What electronic boards show: a plan of texts, and how a text is laid out in lines and pages.

Both ends lay a text out by these same rules, so that what an editor was shown is what the board shows.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from msgspec import Meta

from devices.protocol.fields import Id, Instant, Line, LongId, Wire
from devices.protocol.limits import BOARD_TEXT_MAX

# What every installed font draws as one mark on the letter before it.
_MARKS: Final = frozenset({"Mn", "Me"})


class BoardItem(Wire, frozen=True):
    """One text: shown from ``start_at`` until ``end_at``, ``head`` above ``text``. ``item`` is the showing's id."""

    item: LongId
    start_at: Instant
    end_at: Instant
    prio: Annotated[int, Meta(ge=0, le=9)]
    head: Line
    text: Annotated[str, Meta(max_length=BOARD_TEXT_MAX)] = ""


class BoardPlan(Wire, frozen=True):
    """The content that a manifest's ``boards`` names: every text of the horizon, in order of ``item``."""

    v: int
    area: Id
    items: list[BoardItem]


def text_sha256(head: str, text: str) -> str:
    """What a record of a showing names: SHA-256 (lower-case hex) of both, with a line feed between, in UTF-8."""
    return hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()


def width(text: str) -> int:
    """How many letters it takes on a board; a mark that stands above or below a letter takes none."""
    return sum(unicodedata.category(sign) not in _MARKS for sign in text)


def lines_of(text: str, columns: int) -> tuple[str, ...]:
    """Broken between words into lines of at most ``columns`` letters; a longer word is broken within.

    A line feed begins a new line, white space counts as one space, and empty lines are left out.
    """
    return tuple(line for paragraph in text.split("\n") for line in _broken(paragraph.split(), columns))


def pages_of(head: str, text: str, columns: int, lines: int) -> tuple[tuple[str, ...], ...]:
    """The pages of a text, each with the head at its top: at least one, each of at most ``lines`` (2 or more) lines.

    A head takes at most half of a page; what is longer ends in an ellipsis.
    """
    top = _at_most(lines_of(head, columns), max(1, lines // 2), columns)
    body, room = lines_of(text, columns), lines - len(top)
    starts = range(0, len(body), room) or range(1)
    return tuple((*top, *body[start : start + room]) for start in starts)


def _at_most(lines: Sequence[str], most: int, columns: int) -> tuple[str, ...]:
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while width(last) >= columns:
        last = last[:-1]
    return (*lines[: most - 1], f"{last.rstrip()}…")


def _broken(words: Sequence[str], columns: int) -> Iterator[str]:
    line = ""
    for word in words:
        for part in _parts(word, columns):
            if line and width(line) + 1 + width(part) > columns:
                yield line
                line = part
            else:
                line = f"{line} {part}" if line else part
    if line:
        yield line


def _parts(word: str, columns: int) -> Iterator[str]:
    part = ""
    for sign in word:
        if width(part) + width(sign) > columns:
            yield part
            part = ""
        part += sign
    yield part
