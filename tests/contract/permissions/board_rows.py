"""Access to the routes of boards: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, WRITERS_SOMEWHERE, Row

TECHNICIANS = frozenset({"technician", "admin"})
_SCREEN: dict[str, object] = {"w": "96", "h": "32", "colours": "three"}
WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.board_page"): Row(EVERYBODY, "/boards/page.png?w=96&h=32&top=1&line=Tin"),
    ("GET", "web.board_screen"): Row(TECHNICIANS, "/boards/{board}/screen"),
    ("POST", "web.set_board_screen"): Row(TECHNICIANS, "/boards/{board}/screen", body=_SCREEN),
    ("POST", "web.take_picture"): Row(WRITERS_SOMEWHERE, "/bulletins/board-picture"),
}
API: dict[tuple[str, str], Row] = {
    ("POST", "v1.upload_board_picture"): Row(WRITERS_SOMEWHERE, "/board-pictures"),
}
