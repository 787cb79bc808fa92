"""Report as a document of a word processor: the form of an official paper, and the cells of the other files."""

from __future__ import annotations

import re
from io import BytesIO

from docx import Document

from cms.areas.repository import Places
from cms.platform.store.engine import reading
from cms.reports.documents import sheets
from cms.reports.documents.sheets import paper
from cms.reports.queries import report as figures_of
from tests.builders import bulletins, reports
from tests.builders.reports import NOVEMBER
from tests.console import PROVINCE, START, Console


def test_the_word_document_has_the_form_of_an_official_paper_and_the_same_cells(console: Console) -> None:
    """Decree 30/2020, annex I: Times New Roman, A4 with its margins, page numbers from the second page on."""
    of = reports.transmission(console)
    (one, *_others) = bulletins.devices(console)
    reports.record(console, reports.as_run(console, of, one, START, seconds=12))
    console.clock.pass_by(hours=1)
    made = reports.made(console, PROVINCE)
    book = Document(BytesIO(console.context.content.read_bytes(made.docx_sha256)))
    section, style = book.sections[0], book.styles["Normal"]
    assert (style.font.name, style.font.size.pt) == ("Times New Roman", 13)
    lengths = (section.page_width, section.left_margin, section.right_margin)
    assert [round(each.mm) for each in lengths if each is not None] == [210, 30, 15]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    head, signature = book.tables[0], book.tables[-1]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head.cell(0, 1).text
    assert head.cell(1, 0).text.startswith("Số: ")
    assert "ngày ..... tháng" in head.cell(1, 1).text
    assert signature.cell(0, 0).text.startswith("Nơi nhận:")
    assert "(Ký, ghi rõ họ tên và đóng dấu)" in signature.cell(0, 1).text
    with reading(console.context.engine) as session:
        written_tables = paper(figures_of(session, Places(session).tree(), PROVINCE, NOVEMBER)).printed
    filled = [table for table in written_tables if table.rows]
    shown = [[[cell.text for cell in row.cells] for row in grid.rows] for grid in book.tables[1:-1]]
    assert len(shown) == len(filled)
    for grid, table in zip(shown, filled, strict=True):
        assert grid[0] == [column.label for column in table.columns]
        units = [column.unit for column in table.columns]
        assert grid[1] == [sheets.written(value, unit) for value, unit in zip(table.rows[0], units, strict=True)]
        assert len(grid) == 1 + len(table.rows) + bool(table.total)
    headings = [each for each in book.paragraphs if re.match(r"\d+\. ", each.text)]
    assert len(headings) == len(written_tables)
    assert all(each.paragraph_format.keep_with_next for each in headings)
