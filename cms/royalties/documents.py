"""Royalties of a month as a workbook and as lines for a spreadsheet, in Vietnamese as every official paper."""

from collections.abc import Iterator, Sequence
from typing import Final

from broadcast.bulletins.genres import GENRES
from broadcast.reports.model import Span
from cms.platform.web.csv_lines import BOM, csv_line
from cms.reports.documents.formats import workbook
from cms.reports.documents.sheets import Cell, Column, NumberFormat, Paper, Table, span_words
from cms.royalties.queries import AuthorRoyalties

_TEXTS: Final = ("Tác giả", "Bản tin", "Thể loại", "Xếp loại", "Ngày duyệt")
_AMOUNT: Final = "Nhuận bút (đồng)"


def royalty_workbook(authors: Sequence[AuthorRoyalties], month: Span, source: str) -> bytes:
    """Make the workbook: a sheet by author, and one with each item."""
    total = sum(each.total_vnd for each in authors)
    by_author: list[tuple[Cell, ...]] = [(each.author, len(each.lines), each.total_vnd) for each in authors]
    items = [Column(each, NumberFormat.TEXT) for each in _TEXTS]
    tables = (
        Table(
            "Theo tác giả",
            "Nhuận bút theo tác giả",
            (Column("Tác giả", NumberFormat.TEXT), Column("Số tin, bài"), Column(_AMOUNT)),
            by_author,
            ("Cộng", sum(len(each.lines) for each in authors), total),
        ),
        Table(
            "Từng tin, bài",
            "Nhuận bút từng tin, bài",
            (*items, Column(_AMOUNT)),
            list(_rows(authors)),
            ("Cộng", "", "", "", "", total),
        ),
    )
    notes = (f"Theo: {source}." if source else "Chưa có bảng nhuận bút.", "Tính vào tháng bản tin được duyệt lần đầu.")
    return workbook(Paper("Nhuận bút", span_words(month), tables, notes, kind="BẢNG KÊ"))


def royalty_csv(authors: Sequence[AuthorRoyalties]) -> str:
    """Return each item as a line that spreadsheets read."""
    lines = (csv_line([str(cell) for cell in row]) for row in _rows(authors))
    return BOM + csv_line((*_TEXTS, _AMOUNT)) + "".join(lines)


def _rows(authors: Sequence[AuthorRoyalties]) -> Iterator[tuple[Cell, ...]]:
    for each in authors:
        for line in each.lines:
            approved = f"{line.approved_on:%d/%m/%Y}"
            yield (each.author, line.title, GENRES[line.genre], line.grade, approved, line.amount_vnd)
