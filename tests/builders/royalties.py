"""Royalties: the province's table, and the royalty of a bulletin."""

from __future__ import annotations

from broadcast.bulletins.model import Bulletin
from tests.console import Console, post

TABLE = {"source": "QĐ 12/2026/QĐ-UBND", "unit_vnd": "234.000", "rates": "Tin; A; 2,5\nBài; A; 450.000 đ"}


def recorded(console: Console, approved: Bulletin) -> str:
    """Enter the table, and record the royalty of an approved bulletin; return the path of its page."""
    path = f"/bulletins/{approved.id}/royalty"
    for login, to, sent in (
        ("admin", "/royalties/table", TABLE),
        ("approver", path, {"author": "Nguyễn Thị Lan Anh", "rate": "news/A"}),
    ):
        answer = post(console.client(login), to, {**sent, "version": "0"})
        assert answer.status_code == 302, answer.text
    return path


def screens(console: Console, approved: Bulletin) -> dict[str, tuple[str, str]]:
    """Return login and path of each screen, with a royalty on it."""
    path = recorded(console, approved)
    table = ("admin", "/royalties/table")
    return {"royalties": ("approver", "/royalties"), "royalty-table": table, "royalty": ("approver", path)}
