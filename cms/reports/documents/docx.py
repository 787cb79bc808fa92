"""Report as a document of a word processor (Office Open XML), in the form of an official paper (Decree 30/2020).

An office completes number, day and signature, and edits it as any paper of its own. The same report gives the same
bytes: making it again after a worker has died stores nothing new.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table as Grid
from docx.table import _Row
from docx.text.paragraph import Paragraph

from cms.platform.letterhead import COUNTRY, DAY, DOTS, MOTTO, NO_LETTERHEAD, SIGN_HERE, Letterhead
from cms.reports.documents.sheets import RECIPIENTS, Cell, NumberFormat, Paper, Table, written

_FONT: Final = "Times New Roman"
_ALWAYS: Final = datetime(2000, 1, 1)  # noqa: DTZ001 the properties of a document have no zone
_ZIPPED: Final = (1980, 1, 1, 0, 0, 0)
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_HEAD_MM: Final = (68, 97)
_TEXT_SHARE: Final = 3
_BODY_MM: Final = 165
_FITS: Final = 5
"""Columns of a table that fit at eleven points."""


def word_document(paper: Paper, letterhead: Letterhead = NO_LETTERHEAD) -> bytes:
    """Make the document; return its bytes."""
    made = Document()
    _set_page(made)
    made.core_properties.title, made.core_properties.subject = paper.heading, paper.subtitle
    made.core_properties.author = letterhead.agency
    made.core_properties.created = made.core_properties.modified = _ALWAYS
    _put_head(made, letterhead)
    for text in (paper.kind, paper.title, paper.subtitle):
        _put(made.add_paragraph(), text, bold=True, size=14, align=_CENTRE)
    _line_below(made.add_paragraph())
    for number, table in enumerate(paper.printed, start=1):
        heading = made.add_paragraph()
        _put(heading, f"{number}. {table.title}", bold=True)
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(12)
        if table.rows:
            _put_table(made, table)
        else:
            _put(made.add_paragraph(), "Không có số liệu.")
    for number, note in enumerate(paper.notes):
        line = made.add_paragraph()
        line.paragraph_format.space_before = Pt(0 if number else 12)
        _put(line, note, size=11, italic=True)
    _put_signature(made, letterhead)
    return _same_bytes(made)


def _set_page(made: DocumentObject) -> None:
    """Set A4, the margins and the font of the decree, and the page's number above from the second page on."""
    section, style = made.sections[0], made.styles["Normal"]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    style.font.name, style.font.size = _FONT, Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after, style.paragraph_format.space_before = Pt(0), Pt(0)
    section.different_first_page_header_footer = True
    above = section.header.paragraphs[0]
    above.alignment = _CENTRE
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = above.add_run()
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)  # noqa: SLF001 - fields have no API


def _put_head(made: DocumentObject, letterhead: Letterhead) -> None:
    grid = _plain_grid(made, 2, _HEAD_MM)
    agency, motto = grid.rows[0].cells
    _put(agency.paragraphs[0], letterhead.superior.upper(), size=12, align=_CENTRE)
    _put(agency.add_paragraph(), letterhead.agency.upper() or DOTS * 2, bold=True, size=12, align=_CENTRE)
    _line_below(agency.add_paragraph(), share=0.33, wide_mm=_HEAD_MM[0])
    _put(motto.paragraphs[0], COUNTRY, bold=True, size=12, align=_CENTRE)
    _put(motto.add_paragraph(), MOTTO, bold=True, size=13, align=_CENTRE)
    _line_below(motto.add_paragraph(), share=0.58, wide_mm=_HEAD_MM[1])
    number, day = grid.rows[1].cells
    _put(number.paragraphs[0], f"Số: {DOTS}/BC", align=_CENTRE)
    _put(day.paragraphs[0], f"{letterhead.place or DOTS}, {DAY}", italic=True, align=_CENTRE)
    made.add_paragraph()


def _put_signature(made: DocumentObject, letterhead: Letterhead) -> None:
    made.add_paragraph()
    grid = _plain_grid(made, 1, (_BODY_MM // 2, _BODY_MM - _BODY_MM // 2))
    _keep_whole(grid.rows[0])
    recipients, signer = grid.rows[0].cells
    _put(recipients.paragraphs[0], "Nơi nhận:", bold=True, italic=True, size=12)
    for line in RECIPIENTS:
        _put(recipients.add_paragraph(), line, size=11)
    _put(signer.paragraphs[0], letterhead.signer.upper() or DOTS * 2, bold=True, align=_CENTRE)
    _put(signer.add_paragraph(), SIGN_HERE, italic=True, size=12, align=_CENTRE)
    for _line in range(4):
        signer.add_paragraph()
    _put(signer.add_paragraph(), DOTS * 2, align=_CENTRE)


def _put_table(made: DocumentObject, table: Table) -> None:
    units, size = [column.unit for column in table.columns], 11 if len(table.columns) <= _FITS else 9
    rows = [*table.rows, *([table.total] if table.total else [])]
    grid = made.add_table(rows=1 + len(rows), cols=len(units))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    shares = [_TEXT_SHARE if unit is NumberFormat.TEXT else 1 for unit in units]
    _set_widths(grid, [_BODY_MM * share / sum(shares) for share in shares])
    lines: list[tuple[_Row, Sequence[str]]] = [(grid.rows[0], [column.label for column in table.columns])]
    lines += [(row, _texts(values, units)) for row, values in zip(list(grid.rows)[1:], rows, strict=True)]
    for number, (row, texts) in enumerate(lines):
        _keep_whole(row)
        is_strong = number == 0 or (bool(table.total) and number == len(rows))
        for cell, text, unit in zip(row.cells, texts, units, strict=True):
            align = _CENTRE if number == 0 else None if unit is NumberFormat.TEXT else _RIGHT
            _put(cell.paragraphs[0], text, bold=is_strong, size=size, align=align)
    _mark(grid.rows[0], "w:tblHeader")  # repeated on each page that the table goes on to


def _texts(values: Sequence[Cell], units: Sequence[NumberFormat]) -> list[str]:
    return [written(value, unit) for value, unit in zip(values, units, strict=True)]


def _plain_grid(made: DocumentObject, rows: int, widths_mm: Sequence[float]) -> Grid:
    """Add a table without lines, which only places what is in it."""
    grid: Grid = made.add_table(rows=rows, cols=len(widths_mm))
    grid.autofit = False
    _set_widths(grid, widths_mm)
    return grid


def _set_widths(grid: Grid, widths_mm: Sequence[float]) -> None:
    """Set the widths at each cell: word processors read them there, and not at the column."""
    for row in grid.rows:
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)


def _keep_whole(row: _Row) -> None:
    _mark(row, "w:cantSplit")


def _mark(row: _Row, name: str) -> None:
    properties: Any = row._tr.get_or_add_trPr()  # noqa: SLF001 - marks of rows have no API
    properties.append(OxmlElement(name))


def _put(
    paragraph: Paragraph,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: float = 13,
    align: WD_ALIGN_PARAGRAPH | None = None,
) -> None:
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if align is not None:
        paragraph.alignment = align


def _line_below(empty: Paragraph, *, share: float = 0.3, wide_mm: float = _BODY_MM) -> None:
    """Draw a short line in the middle, as the upper border of an empty paragraph."""
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    # Before the indent: the schema fixes the order of a paragraph's properties.
    properties: Any = empty._p.get_or_add_pPr()  # noqa: SLF001 - borders of paragraphs have no API
    properties.append(borders)
    empty.paragraph_format.left_indent = empty.paragraph_format.right_indent = Mm(wide_mm * (1 - share) / 2)
    run = empty.add_run()
    run.font.size = Pt(4)


def _same_bytes(made: DocumentObject) -> bytes:
    """Return the file with a fixed time for each of its parts."""
    first, out = BytesIO(), BytesIO()
    made.save(first)
    with ZipFile(first) as parts, ZipFile(out, "w", ZIP_DEFLATED) as kept:
        for name in parts.namelist():
            kept.writestr(ZipInfo(name, _ZIPPED), parts.read(name), ZIP_DEFLATED)
    return out.getvalue()
