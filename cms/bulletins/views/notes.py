"""Reviewers' remarks as shown: in the order of the text, with a mark on those whose passage is gone."""

from dataclasses import dataclass

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.remarks import Note
from broadcast.bulletins.remarks import found as place_of


@dataclass(frozen=True)
class NoteLine:
    """A remark. ``start``: position of its passage in the text shown; None if it has none, or the passage is gone."""

    note: Note
    start: int | None

    @property
    def is_gone(self) -> bool:
        return self.note.passage is not None and self.start is None


def lines(found: Bulletin, text: str) -> list[NoteLine]:
    """Sort the remarks: open ones in the order of the text, then those whose passage is gone, then settled ones."""
    shown = [NoteLine(note, _start(note, text)) for note in found.notes]
    return sorted(shown, key=lambda line: (line.note.done_at is not None, line.is_gone, line.start or 0))


def parts_of(found: Bulletin, *, can_settle: bool, text: str | None = None) -> dict[str, object]:
    """Return the variables of ``_notes.html``; ``text`` is the text being typed, if any."""
    return {
        "bulletin": found,
        "notes": lines(found, found.text if text is None else text),
        "can_settle": can_settle,
    }


def _start(note: Note, text: str) -> int | None:
    place = place_of(note.passage, text) if note.passage else None
    return None if place is None else place[0]
