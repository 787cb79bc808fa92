"""A reviewer's remarks at places in the text, and whether they have been dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from province.people import UserId

NoteId = NewType("NoteId", str)


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
