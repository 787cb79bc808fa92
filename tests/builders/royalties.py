"""Royalties: the province's table, and the royalty of a bulletin."""

from __future__ import annotations

from broadcast.bulletins.model import Bulletin
from cms.royalties.repository import RoyaltyTables
from tests.console import Console, post

TABLE = {"source": "QĐ 12/2026/QĐ-UBND", "unit_vnd": "234.000", "rates": "Tin; A; 2,5\nBài; A; 450.000 đ"}


def table_version(console: Console) -> int:
    """Return the version of the table; 0: none is entered."""
    with console.context.uow.reading() as uow:
        current = uow[RoyaltyTables].current()
    return 0 if current is None else current.version


def enter_table(console: Console) -> None:
    """Enter the table, if there is none yet, so that royalties can be recorded."""
    if not table_version(console):
        assert post(console.client("admin"), "/royalties/table", {**TABLE, "version": "0"}).status_code == 302


def recorded(console: Console, approved: Bulletin) -> str:
    """Enter the table, and record the royalty of an approved bulletin; return the path of its page."""
    path = f"/bulletins/{approved.id}/royalty"
    sent = {"author": "Nguyễn Thị Lan Anh", "rate": "news/A", "version": "0"}
    enter_table(console)
    answer = post(console.client("approver"), path, sent)
    assert answer.status_code == 302, answer.text
    return path


def paid(console: Console, approved: Bulletin) -> Bulletin:
    """Enter the table, and record the royalty of an approved bulletin."""
    recorded(console, approved)
    return approved


def screens(console: Console, approved: Bulletin) -> dict[str, tuple[str, str]]:
    """Return login and path of each screen, with a royalty on it."""
    path = recorded(console, approved)
    table = ("admin", "/royalties/table")
    return {"royalties": ("approver", "/royalties"), "royalty-table": table, "royalty": ("approver", path)}
