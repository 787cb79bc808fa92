"""What electronic boards show of a bulletin, as people see it: the pages as a board draws them, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from broadcast import board_text
from broadcast.model.bulletins import BoardText, Bulletin
from broadcast.model.people import Action
from cms.web import bulletin_form, sentences, visit
from cms.web.languages import _
from cms.web.visit import pages
from devices.protocol.boards import width


@dataclass(frozen=True)
class BoardView:
    """``pages`` are lines of a board of the usual size; ``letters`` and ``lines`` count what it shows."""

    pages: Sequence[Sequence[str]]
    letters: int
    lines: int
    when: str
    is_own: bool


def view(title: str, board: BoardText) -> BoardView:
    return BoardView(
        pages=board_text.usual_pages(title, board.text),
        letters=width(board.text),
        lines=board_text.lines_count(title, board.text),
        when=when(board.minutes),
        is_own=board.is_own,
    )


def view_of(bulletin: Bulletin) -> BoardView | None:
    """None: boards show nothing of it."""
    return None if bulletin.board is None else view(bulletin.title, bulletin.board)


def when(minutes: int) -> str:
    if minutes:
        return _("Hiện %(n)s phút từ lúc bắt đầu mỗi lần phát.", n=minutes)
    return _("Hiện suốt thời hạn hiệu lực; nếu không đặt thời hạn thì hiện trong các ngày có phát.")


@pages.post("/bulletins/board")
def board_preview() -> str:
    """The preview beside the field, while somebody types; nothing is saved."""
    visit.require(Action.BULLETIN_WRITE, (), sentences.tree())
    return render_template("_board.html", board_view=typed_view(bulletin_form.typed(request.form)))


def typed_view(form: bulletin_form.BulletinForm) -> BoardView | None:
    draft = bulletin_form.board_of(form, [])
    text = "" if form.kind == "audio" else form.text
    settled = board_text.settled(draft, form.title, text)
    return None if settled is None else view(form.title, settled)
