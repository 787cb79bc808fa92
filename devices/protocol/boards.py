"""Board plans: texts to show, and their layout in lines and pages.

Both ends lay a text out by these same rules, so that an editor sees exactly the board's screen.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from msgspec import Meta

from devices.protocol.fields import Count, Id, Instant, Line, LongId, Sha256, Wire, Word
from devices.protocol.limits import BOARD_ALERT_PAGE_MS, BOARD_PAGE_MS, BOARD_SCROLL_MS, BOARD_TEXT_MAX

# Categories of marks that every installed font draws on the letter before.
_MARKS: Final = frozenset({"Mn", "Me"})


# A letter's cell is never lower: two marks above a capital and one below it need as much. Letters a little larger gain
# nothing: up to the next size a board has more of them.
_CELL_LEAST: Final = 16
_CELL_NEXT: Final = 24
# Lines on a board that is wide enough, and its least width in cell heights.
_LINES: Final = 7
_ACROSS: Final = 6


class Colours(StrEnum):
    """Colours of a board's picture elements: one; red, green and both; any."""

    MONO = "mono"
    THREE = "three"
    FULL = "full"


class Template(StrEnum):
    """Place of the head: in a bar above the text, above it without a bar, or everything in the middle."""

    BANNER = "banner"
    PLAIN = "plain"
    CENTRED = "centred"


class Colour(StrEnum):
    """Colour of the letters; a board without it takes the nearest it has."""

    AMBER = "amber"
    WHITE = "white"
    YELLOW = "yellow"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Motion(StrEnum):
    """Motion of a long text: page after page, or in one moving line below its head."""

    PAGES = "pages"
    SCROLL = "scroll"


class Screen(Wire, frozen=True):
    """A board's picture elements: ``w`` across and ``h`` down. Unknown ``colours`` count as full."""

    w: Annotated[int, Meta(ge=32, le=4096)]
    h: Annotated[int, Meta(ge=32, le=4096)]
    colours: Word = Colours.FULL.value


DRILL_HEAD: Final = "DIỄN TẬP"
USUAL: Final = Screen(w=480, h=270)
"""A board of unknown size."""


class BoardPicture(Wire, frozen=True):
    """A PNG in the content store."""

    sha256: Sha256
    bytes: Count


class BoardLook(Wire, frozen=True):
    """Look of a text. An unknown ``template``, ``colour`` or ``motion`` counts as the default.

    Each page stands for ``page_ms``; a ``picture`` is a page of its own, before the others.
    """

    template: Word = Template.BANNER.value
    colour: Word = Colour.AMBER.value
    motion: Word = Motion.PAGES.value
    page_ms: Annotated[int, Meta(ge=1_000, le=60_000)] = BOARD_PAGE_MS
    picture: BoardPicture | None = None


class BoardItem(Wire, frozen=True):
    """One text: shown from ``start_at`` until ``end_at``, ``head`` above ``text``. ``item`` is the showing's id.

    ``look`` None: the default in everything. A board that is older reads past it and shows the text.
    """

    item: LongId
    start_at: Instant
    end_at: Instant
    prio: Annotated[int, Meta(ge=0, le=9)]
    head: Line
    text: Annotated[str, Meta(max_length=BOARD_TEXT_MAX)] = ""
    look: BoardLook | None = None


class BoardPlan(Wire, frozen=True):
    """The content that a manifest's ``boards`` names: every text of the horizon, in order of ``item``."""

    v: int
    area: Id
    items: list[BoardItem]


class Cells(NamedTuple):
    """Grid of a board's letters: columns and lines, and the width and height of a cell in picture elements."""

    columns: int
    lines: int
    w: int
    h: int


class Page(NamedTuple):
    """Page that stands for ``ms``: ``lines``, of which the first ``top`` are the head. Unused fields are empty.

    ``run`` moves along below the head; ``picture`` (SHA-256) fills the screen by itself.
    """

    lines: tuple[str, ...]
    top: int
    ms: int
    run: str = ""
    picture: str = ""


def cells_of(screen: Screen) -> Cells:
    """Seven lines where the board is wide enough for them, and letters that can still be read where it is small."""
    h = min(screen.h // _LINES, screen.w // _ACROSS)
    if h < _CELL_NEXT:
        h = _CELL_LEAST
    w = _CELL_LEAST // 2 if h == _CELL_LEAST else h * 9 // 20
    return Cells(screen.w // w, screen.h // h, w, h)


def pages_shown(head: str, text: str, look: BoardLook | None, cells: Cells) -> tuple[Page, ...]:
    """Return everything that a board of such cells shows of a text, in order; at least one page."""
    look = look or BoardLook()
    top = _at_most(lines_of(head, cells.columns), max(1, cells.lines // 2), cells.columns)
    run = " ".join(text.split())
    found = [] if look.picture is None else [Page((), 0, look.page_ms, picture=look.picture.sha256)]
    if look.motion == Motion.SCROLL and run:
        length = (cells.columns + width(run)) * BOARD_SCROLL_MS
        return (*found, Page(top, len(top), length, run=run))
    texts = pages_of(head, text, cells.columns, cells.lines)
    return (*found, *(Page(lines, len(top), look.page_ms) for lines in texts))


def alert_pages(head: str, text: str, cells: Cells, *, is_drill: bool) -> tuple[Page, ...]:
    """Lay out an alert: its head on every page if it fits half of one, else before the text. Drills are marked."""
    if is_drill:
        head, text = DRILL_HEAD, f"{head}\n{text}"
    top = lines_of(head, cells.columns)
    if len(top) > max(1, cells.lines // 2):
        top, text = (), f"{head}\n{text}"
    found = _paged(top, lines_of(text, cells.columns), cells.lines)
    return tuple(Page(lines, len(top), BOARD_ALERT_PAGE_MS) for lines in found)


def text_sha256(head: str, text: str) -> str:
    """Return the hash in a record of a showing: SHA-256 (lower-case hex) of head, line feed and text in UTF-8."""
    return hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()


def width(text: str) -> int:
    """Return the number of cells that it takes on a board; a mark above or below a letter takes none."""
    return sum(unicodedata.category(sign) not in _MARKS for sign in text)


def clusters(text: str) -> tuple[str, ...]:
    """Split into letters, each with the marks above or below it."""
    found: list[str] = []
    for sign in text:
        if found and unicodedata.category(sign) in _MARKS:
            found[-1] += sign
        else:
            found.append(sign)
    return tuple(found)


def lines_of(text: str, columns: int) -> tuple[str, ...]:
    """Break between words into lines of at most ``columns`` letters; a longer word is broken within.

    A line feed begins a new line, white space counts as one space, and empty lines are left out.
    """
    return tuple(line for paragraph in text.split("\n") for line in _broken(paragraph.split(), columns))


def pages_of(head: str, text: str, columns: int, lines: int) -> tuple[tuple[str, ...], ...]:
    """Return the pages of a text, one at least, each with the head at its top and at most ``lines`` (2 or more) lines.

    A head takes at most half of a page; a longer one ends in an ellipsis.
    """
    return _paged(_at_most(lines_of(head, columns), max(1, lines // 2), columns), lines_of(text, columns), lines)


def _paged(top: Sequence[str], body: Sequence[str], lines: int) -> tuple[tuple[str, ...], ...]:
    room = lines - len(top)
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
