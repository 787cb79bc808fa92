"""Who may use which route of boards: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, WRITERS_SOMEWHERE, Row

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.board_page"): Row(EVERYBODY, "/boards/page.png?w=96&h=32&top=1&line=Tin"),
    ("POST", "web.take_picture"): Row(WRITERS_SOMEWHERE, "/bulletins/board-picture"),
}
API: dict[tuple[str, str], Row] = {
    ("POST", "v1.upload_board_picture"): Row(WRITERS_SOMEWHERE, "/board-pictures"),
}
