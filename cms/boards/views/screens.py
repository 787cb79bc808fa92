"""Screens of boards: size and colours as the technician enters them, and the resulting preview."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for

from broadcast.bulletins.model import BoardText
from cms.boards.service import screens
from cms.boards.service.screens import SIDE_MAX, SIDE_MIN
from cms.boards.views import boards
from cms.fleet.repository.devices import Devices
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.platform.web.typed_form import TypedForm, entry
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import USUAL
from province.errors import NotFoundError, Problem
from province.people import Action


@dataclass(frozen=True)
class TypedScreen(TypedForm):
    """Fields of a screen as typed."""

    w: str = entry()
    h: str = entry()
    colours: str = entry()


@pages.get("/boards/<device_id>/screen")
def board_screen(device_id: str) -> str:
    board = _see(device_id)
    screen = board.screen or USUAL
    return _page(board, TypedScreen(str(screen.w), str(screen.h), screen.colours))


@pages.post("/boards/<device_id>/screen")
def set_board_screen(device_id: str) -> Answer:
    board = _see(device_id)
    typed = TypedScreen.of(request.form)
    with redisplay(_page, board, typed):
        screens.set_screen(new_unit(), board.id, w=_side(typed.w), h=_side(typed.h), colours=typed.colours, call=call())
    flash(_("Saved. The board lays out by it as soon as it is connected."), "good")
    return redirect(url_for("web.board_screen", device_id=board.id))


def _see(device_id: str) -> Device:
    """Return the board. Raises NotFoundError if there is none in service where the user maintains devices."""
    tree = messages.tree_for(Action.DEVICE_MANAGE)
    with request_context.context().uow.reading() as unit:
        board = unit[Devices].get(DeviceId(device_id))
    is_board = board.kind is DeviceKind.BOARD and board.retired_at is None
    if not (is_board and request_context.can(Action.DEVICE_MANAGE, board.area_id, tree)):
        raise NotFoundError("board", device_id)
    return board


def _page(board: Device, typed: TypedScreen, problems: Sequence[Problem] = ()) -> str:
    screen = board.screen or USUAL
    sample = BoardText(
        _("Board of %(w)s × %(h)s. Each line shows whole, with every diacritic.", w=screen.w, h=screen.h)
    )
    return render_template(
        "boards/board_screen.html",
        board=board,
        typed=typed,
        is_told=board.screen is not None,
        problems=messages.by_field(problems),
        board_view=boards.view(_("The ward informs"), sample, [(screen, 1)]),
        sides=(SIDE_MIN, SIDE_MAX),
    )


def _side(text: str) -> int:
    """Read a number of pixels; 0 if it is none, which no board has either."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(SIDE_MAX)) else 0
