"""Preview of electronic boards: the exact pictures of a bulletin's pages, and how long each is shown."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask import Response, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from broadcast.boards import board_text
from broadcast.boards.showings import wire_look
from broadcast.bulletins import targeting
from broadcast.bulletins.board_appearance import BoardAppearance
from broadcast.bulletins.model import BoardText, Bulletin, Targets
from cms.boards.queries import screens_standing
from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from devices.boards.drawing import Frame, drawn, png
from devices.boards.errors import NoPictureError
from devices.boards.pictures import SENT_MAX_BYTES, fitted
from devices.protocol.boards import USUAL, Page, Screen, cells_of, clusters, pages_shown, width
from media.errors import ContentMissingError
from province.errors import Problem
from province.people import Action

# Limits of pages drawn for each type of screen, and of types drawn; the others are given as figures.
PAGES_DRAWN: Final = 4
SCREENS_DRAWN: Final = 4
_LINES_MOST, _LINE_MOST = 300, 200
_YEAR_S: Final = 365 * 86_400
# A small board is enlarged, pixel by pixel, to the width of a large one on the page.
_WIDE_PX: Final = 384
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PageView:
    """Picture of a page; ``text`` holds its words for readers who do not see it."""

    src: str
    text: str


@dataclass(frozen=True)
class ScreenView:
    """Pages on one type of screen. ``boards``: how many stand in the target area; 0: none, the usual size is drawn."""

    screen: Screen
    boards: int
    columns: int
    lines: int
    pages: Sequence[PageView]
    count: int
    moves: bool
    drawn_w: int
    drawn_h: int


@dataclass(frozen=True)
class BoardView:
    """View of a bulletin on boards. ``letters``, ``lines``: on the usual size. ``screens_left``: types not drawn."""

    screens: Sequence[ScreenView]
    screens_left: int
    pages: int
    letters: int
    lines: int
    when: str
    is_own: bool


def view(title: str, board: BoardText, screens: Sequence[tuple[Screen, int]]) -> BoardView:
    """Draw the text for these types of screens, each with the number of its boards."""
    sorts = screens or [(USUAL, 0)]
    return BoardView(
        screens=[_screen(title, board, screen, count) for screen, count in sorts[:SCREENS_DRAWN]],
        screens_left=max(0, len(sorts) - SCREENS_DRAWN),
        pages=len(board_text.usual_pages(title, board.text)),
        letters=width(board.text),
        lines=board_text.lines_count(title, board.text),
        when=when(board.minutes),
        is_own=board.is_own,
    )


def view_of(bulletin: Bulletin) -> BoardView | None:
    """Draw the board view of a bulletin; None if boards show nothing of it."""
    return None if bulletin.board is None else view(bulletin.title, bulletin.board, _standing(bulletin.targets))


def when(minutes: int) -> str:
    if minutes:
        return _("Shown for %(n)s minutes from the beginning of each airing.", n=minutes)
    return _("Shown all the time it is valid; where no end is set, on the days on which it airs.")


@pages.post("/bulletins/board")
def board_preview() -> str:
    """Render the preview beside the field while the user types; nothing is saved."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    return render_template("boards/_board.html", board_view=typed_view(BulletinForm.of(request.form)))


@pages.post("/bulletins/board-picture")
def take_picture() -> tuple[str, int, dict[str, str]]:
    """Render the editor's part for the picture: with its hash, or with the reason for its refusal."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    form = BulletinForm.of(request.form)
    refused: list[str] = []
    try:
        form = with_picture(form)
    except NoPictureError:
        refused = [messages.problem_sentence(Problem("board_picture", "NO_PICTURE"))]
    part = render_template("boards/_board_picture.html", typed=form, problems={"board_picture": refused})
    return part, 422 if refused else 200, {"HX-Trigger-After-Settle": "board-picture"}


@pages.get("/boards/page.png")
def board_page() -> Response:
    """Return one page as a picture at the board's exact resolution. The URL alone defines it, so it never changes."""
    asked = request.args
    try:
        screen = Screen(w=_side("w"), h=_side("h"), colours=asked.get("colours", ""))
        lines = tuple(line[:_LINE_MOST] for line in asked.getlist("line")[:_LINES_MOST])
        page = Page(lines, _number("top", _LINES_MOST), 1, asked.get("run", "")[:_LINE_MOST], asked.get("picture", ""))
        picture = _picture(page.picture) if page.picture else b""
        look = (asked.get("template", ""), asked.get("colour", ""))
        image = drawn(screen, Frame(page, *look, run_px=screen.w, picture=picture))
    except (ValueError, NoPictureError, ContentMissingError):
        raise BadRequest from None
    answer = Response(png(image), mimetype="image/png")
    answer.headers["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable"
    return answer


def typed_view(form: bulletin_form.BulletinForm) -> BoardView | None:
    draft = bulletin_form.board_of(form, [])
    text = "" if form.kind == "audio" or form.relay_source else form.text
    settled = board_text.settled(draft, form.title, text)
    if settled is None:
        return None
    return view(
        form.title, settled, _standing(area_picker.targets_of(form.areas, messages.tree(), request_context.today()))
    )


def _standing(targets: Targets) -> Sequence[tuple[Screen, int]]:
    """Return the types of screens in the target area, the most frequent first."""
    with request_context.session() as session:
        everywhere = screens_standing(session)
    there = targeting.reached(targets, messages.tree(), everywhere) if everywhere else ()
    found: Counter[Screen] = sum((everywhere[area_id] for area_id in there), Counter())
    return sorted(found.items(), key=lambda each: (-each[1], each[0].w * each[0].h, each[0].colours))


def _screen(title: str, board: BoardText, screen: Screen, boards: int) -> ScreenView:
    cells = cells_of(screen)
    found = pages_shown(title, board.text, wire_look(board.look), cells)
    larger = max(1, _WIDE_PX // screen.w)
    smaller = max(1, screen.w // (2 * _WIDE_PX))
    return ScreenView(
        screen=screen,
        boards=boards,
        columns=cells.columns,
        lines=cells.lines,
        pages=[_page(page, board.look, screen, cells.columns) for page in found[:PAGES_DRAWN]],
        count=len(found),
        moves=any(page.run for page in found),
        drawn_w=screen.w * larger // smaller,
        drawn_h=screen.h * larger // smaller,
    )


def _page(page: Page, look: BoardAppearance, screen: Screen, columns: int) -> PageView:
    src = url_for(
        "web.board_page",
        w=screen.w,
        h=screen.h,
        colours=screen.colours,
        template=look.template,
        colour=look.colour,
        line=page.lines,
        top=page.top,
        # Of a scrolling line, the part that fills the board's width.
        run="".join(clusters(page.run)[: columns + 1]),
        picture=page.picture,
    )
    return PageView(src, "\n".join((*page.lines, page.run)).strip() or _("Picture"))


def _side(name: str) -> int:
    """Read a board's width or height. Raises ValueError if no board is so large or small."""
    side = _number(name, 4_096)
    if side < 32:  # noqa: PLR2004 - as in Screen
        raise ValueError(name)
    return side


def _number(name: str, most: int) -> int:
    digits = request.args.get(name, "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 4) or int(digits) > most:  # noqa: PLR2004 - 4,096
        raise ValueError(name)
    return int(digits)


def _picture(sha256: str) -> bytes:
    if not SHA256.fullmatch(sha256):
        raise ValueError(sha256)
    return request_context.context().content.read_bytes(sha256)


def with_picture(form: BulletinForm) -> BulletinForm:
    """Return the form with the uploaded picture, without the one to remove, or unchanged.

    Raises:
        NoPictureError: the file is not a picture.
    """
    if request.form.get("drop_board_picture"):
        return replace(form, board_picture="", board_picture_bytes="0")
    file = request.files.get("board_picture_file")
    if file is None or not file.filename:
        return form
    try:
        made = fitted(file.stream.read(SENT_MAX_BYTES + 1))
    finally:
        file.close()
    return replace(
        form, board_picture=request_context.context().content.put_bytes(made), board_picture_bytes=str(len(made))
    )
