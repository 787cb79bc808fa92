"""Remarks of reviewers at places in the text: found again after edits, and ticked off when dealt with."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from province.people import UserId

NoteId = NewType("NoteId", str)
CONTEXT = 12


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a text: ``start`` is where they stood, ``before`` and ``after`` their nearest neighbours then."""

    quote: str
    start: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Note:
    """One remark. Without a passage it is about the whole bulletin. ``done_at``: ticked off as dealt with."""

    id: NoteId
    passage: Passage | None
    text: str
    by: UserId
    by_name: str
    at: datetime
    done_at: datetime | None = None
    done_by_name: str = ""


def passage_at(text: str, start: int, end: int) -> Passage:
    """Return the passage between ``start`` and ``end``, with a little of its context."""
    return Passage(text[start:end], start, text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT])


def chosen(text: str, quote: str, near: int) -> Passage | None:
    """Return the passage quoted, at the place nearest to ``near``; None where the text does not hold it."""
    starts = _starts(text, quote)
    if not starts:
        return None
    start = min(starts, key=lambda at: abs(at - near))
    return passage_at(text, start, start + len(quote))


def found(passage: Passage, text: str) -> tuple[int, int] | None:
    """Return the present place of the passage; None where it is gone.

    The same words count only with the same neighbours on one side at least: "7 giờ" elsewhere in the text is not the
    "7 giờ" that was meant. Of several, the one with both neighbours, then the one nearest to its old place.
    """
    best: tuple[int, int, int] | None = None
    for start in _starts(text, passage.quote):
        now = passage_at(text, start, start + len(passage.quote))
        kept = (now.before == passage.before) + (now.after == passage.after)
        rank = (-kept, abs(start - passage.start), start)
        if kept and (best is None or rank < best):
            best = rank
    return None if best is None else (best[2], best[2] + len(passage.quote))


def _starts(text: str, quote: str) -> list[int]:
    starts: list[int] = []
    at = text.find(quote) if quote else -1
    while at >= 0:
        starts.append(at)
        at = text.find(quote, at + 1)
    return starts
