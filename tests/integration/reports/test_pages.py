"""Pages of the PDF as pictures: nothing dark under text, no heading alone at a page's foot, each as it was approved.

``LOA_KEEP_PAGES=1`` keeps the pages as they are now, for a person to look at and commit.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image

from cms.platform.letterhead import Letterhead
from cms.reports.documents.pdf import document
from cms.reports.documents.sheets import ChartKind, Column, NumberFormat, Paper, Table

KEPT = Path(__file__).parent / "pages"
_T = NumberFormat.TENTHS
_BLOCK = 8
"""Pixels of a kept page that are compared as one: another version of the font moves edges of letters, not blocks."""
_HEAD = Letterhead("Ủy ban nhân dân tỉnh Bình Thuận", "Sở Văn hóa, Thể thao và Du lịch", "Bình Thuận", "Giám đốc")


def table(name: str, rows: int, *, columns: int = 3, **more: object) -> Table:
    heads = [Column(name, NumberFormat.TEXT), *(Column(f"Cột {number}", _T) for number in range(1, columns))]
    cells = [
        (f"{name} thứ {row}", *(float((row * 37 + at * 11) % 90) for at in range(1, columns))) for row in range(rows)
    ]
    return Table(name, f"Theo {name.lower()}", heads, cells, **more)  # type: ignore[arg-type]


PAPER = Paper(
    "Hoạt động thông tin cơ sở",
    "Tỉnh Bình Thuận · Tháng 11/2026 (01/11/2026 – 30/11/2026)",
    (
        table("Chỉ tiêu", 22),
        table("Lĩnh vực", 8, columns=4, drawn=1, compared=3),
        table("Nguồn tin", 2, drawn=1),
        table("Địa bàn", 31, columns=9),
        table("Ngày", 30, columns=2, drawn=1, chart=ChartKind.COLUMNS),
        Table("Trống", "Phản ánh của người dân", [Column("Loại", NumberFormat.TEXT)], []),
    ),
    ("Số liệu tính đến 09:00 24/11/2026.", "Giờ loa: cộng thời gian phát của từng loa."),
)


@pytest.fixture(scope="module")
def pages() -> list[pdfium.PdfPage]:
    return list(pdfium.PdfDocument(document(PAPER, _HEAD)))


def picture(page: pdfium.PdfPage, scale: float) -> NDArray[np.uint8]:
    """Render a page in grey, one byte a pixel."""
    return np.asarray(page.render(scale=scale, grayscale=True).to_numpy()).squeeze()


def test_every_letter_stands_on_light_ground(pages: list[pdfium.PdfPage]) -> None:
    letters = 0
    for page in pages:
        shown, high, text = picture(page, 2.0), page.get_height(), page.get_textpage()
        said = text.get_text_range()
        for at in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(at)
            box = shown[int((high - top) * 2) : int((high - bottom) * 2) + 2, int(left * 2) : int(right * 2) + 2]
            if box.size and not said[at : at + 1].isspace():
                assert int(np.max(box)) > 200, (page, said[at : at + 20])
                letters += 1
    assert letters > 2000


def test_no_heading_stands_alone_at_a_pages_foot(pages: list[pdfium.PdfPage]) -> None:
    headings = 0
    for page in pages:
        lines = [line.strip() for line in page.get_textpage().get_text_range().splitlines() if line.strip()]
        for number, line in enumerate(lines):
            if re.match(r"\d\. (Theo|Phản)", line):
                headings += 1
                assert len(lines) > number + 1, line
    assert headings == len(PAPER.tables)


def test_the_signature_is_on_one_page_and_pages_are_numbered_from_the_second_on(pages: list[pdfium.PdfPage]) -> None:
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert "Nơi nhận:" in texts[-1]
    assert "GIÁM ĐỐC" in texts[-1]
    assert [text.splitlines()[0].strip() for text in texts[1:]] == [str(n) for n in range(2, len(texts) + 1)]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in texts[0]


def test_each_page_looks_as_it_did_when_it_was_approved(pages: list[pdfium.PdfPage]) -> None:
    if os.environ.get("LOA_KEEP_PAGES"):
        KEPT.mkdir(exist_ok=True)
        for number, page in enumerate(pages, 1):
            Image.fromarray(picture(page, 0.5)).quantize(8).save(KEPT / f"page-{number}.png", optimize=True)
    assert len(pages) == len(list(KEPT.glob("page-*.png")))
    for number, page in enumerate(pages, 1):
        now = picture(page, 0.5).astype(float)
        kept = np.asarray(Image.open(KEPT / f"page-{number}.png").convert("L")).astype(float)
        assert now.shape == kept.shape
        differs = np.abs(_blocks(now) - _blocks(kept))
        assert differs.mean() < 3, f"page {number}"
        assert differs.max() < 60, f"page {number}"


def _blocks(page: NDArray[np.float64]) -> NDArray[np.float64]:
    high, wide = (size // _BLOCK * _BLOCK for size in page.shape)
    return page[:high, :wide].reshape(high // _BLOCK, _BLOCK, wide // _BLOCK, _BLOCK).mean(axis=(1, 3))
