"""Board text of a bulletin: made from its text, or written by hand."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from broadcast.bulletins.model import BoardText
from devices.protocol.boards import lines_of, pages_of
from devices.protocol.limits import BOARD_COLUMNS, BOARD_LINES, BOARD_TEXT_MAX
from province.errors import Problem, problem_if

PAGE_LEAST_S: Final = 1
PAGE_MOST_S: Final = 60
MINUTES_MAX: Final = 24 * 60
# People who walk past read one page, those who stand still a second one.
MADE_PAGES: Final = 2
# A full stop within a figure (1.000) or an abbreviation written together (TP.HCM) ends no sentence.
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")


def made_text(title: str, text: str) -> str:
    """Return the first whole sentences that fit ``MADE_PAGES`` pages below the title; if none fits, the first words."""
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(tidy(text)) if sentence.strip()]
    found = ""
    for sentence in sentences:
        longer = f"{found} {sentence}" if found else sentence
        if not _fits(title, longer):
            return found or _first_words(title, sentence)
        found = longer
    return found


def settled(board: BoardText | None, title: str, text: str) -> BoardText | None:
    """Return it as stored: a person's text as it is, and without one, the text made from the bulletin's."""
    if board is None:
        return None
    own = tidy(board.text) if board.is_own else ""
    return replace(board, text=own or made_text(title, text), is_own=bool(own))


def problems_of(board: BoardText | None) -> list[Problem]:
    """Return everything wrong with the board text."""
    if board is None:
        return []
    found: list[Problem] = []
    length = len(tidy(board.text))
    if board.is_own and length > BOARD_TEXT_MAX:
        found.append(Problem("board_text", "TOO_LONG", {"length": length, "max": BOARD_TEXT_MAX}))
    found += problem_if(not 0 <= board.minutes <= MINUTES_MAX, "board_minutes", "MINUTES", max=MINUTES_MAX)
    if not PAGE_LEAST_S <= board.look.page_s <= PAGE_MOST_S:
        found.append(Problem("board_page_s", "SECONDS", {"min": PAGE_LEAST_S, "max": PAGE_MOST_S}))
    return found


def usual_pages(title: str, text: str) -> Sequence[Sequence[str]]:
    """Return its pages on a board of the usual size."""
    return pages_of(unicodedata.normalize("NFC", title), text, BOARD_COLUMNS, BOARD_LINES)


def tidy(text: str) -> str:
    """Normalize to composed characters and single spaces, line feeds kept: a board counts what it draws."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line)


def _fits(title: str, text: str) -> bool:
    return len(text) <= BOARD_TEXT_MAX and len(usual_pages(title, text)) <= MADE_PAGES


def _first_words(title: str, sentence: str) -> str:
    words = sentence.split()
    while words and not _fits(title, f"{' '.join(words)}…"):
        words.pop()
    return f"{' '.join(words)}…" if words else ""


def lines_count(title: str, text: str) -> int:
    """Count the lines it fills on a board of the usual size, with the title once."""
    top = len(usual_pages(title, "")[0])
    return top + len(lines_of(text, BOARD_COLUMNS))
