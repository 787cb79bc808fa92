"""Report as a PDF in the form of an official paper.

The same report gives the same bytes: making it again after a worker has died stores nothing new.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from cms.platform.letterhead import NO_LETTERHEAD, Letterhead
from cms.platform.official_pdf import FONT, OfficialPdf
from cms.reports.documents.sheets import RECIPIENTS, Cell, ChartKind, NumberFormat, Paper, Table, written

_HEAD: Final = FontFace(emphasis="BOLD", fill_color=(230, 239, 247))
_STRONG: Final = FontFace(emphasis="BOLD")
_BAR: Final = (15, 76, 129)
_BEFORE: Final = (168, 190, 210)
"""Lighter by far, so that both are told apart on a grey print too."""
_RULE: Final = (150, 150, 150)
_WHITE: Final = (255, 255, 255)
_COLUMNS_HIGH_MM: Final = 36
_COLUMN_WIDEST_MM: Final = 10
_LABELS_MOST: Final = 12
_LABEL_MM: Final = 52
_NUMBER_MM: Final = 16
_BAR_MM: Final = 3.2
_HEADED_MM: Final = 34
"""Room for a heading and the first rows below it."""
_ROWS_SMALL: Final = 5
"""Columns of a table that fit at ten points."""
_FOLDS: Final = 3
_FOLDED_FROM: Final = 15
"""Rows of days or months that stand below each other; more stand in ``_FOLDS`` columns."""
_NOTES_MM: Final = 4
"""Room above the notes."""
_GAP_MM: Final = 2
"""Room between the labels of two columns."""


def document(paper: Paper, letterhead: Letterhead = NO_LETTERHEAD) -> bytes:
    """Make the PDF; return its bytes. Raises FileNotFoundError: the font is not installed.

    Number, day and signature are left open: the agency's clerk gives them when the paper is issued.
    """
    pdf = OfficialPdf(letterhead)
    pdf.set_title(f"{paper.kind} {paper.title}")
    pdf.set_subject(paper.subtitle)
    pdf.put_head("BC")
    pdf.put_title(paper.kind, (paper.title, paper.subtitle))
    for number, table in enumerate(paper.printed, start=1):
        _put(pdf, f"{number}. {table.title}", table)
    pdf.keep_with_signature(_NOTES_MM + sum(pdf.height_of(note, 10, "I") for note in paper.notes))
    pdf.ln(_NOTES_MM)
    for note in paper.notes:
        pdf.put_text(note, 10, "I")
    pdf.put_signature(RECIPIENTS)
    return bytes(pdf.output())


def _put(pdf: OfficialPdf, title: str, table: Table) -> None:
    pdf.ln(4)
    chart_mm = _chart_mm(table)
    # A heading stays with its chart, or with the first rows of its table.
    if pdf.will_page_break(_HEADED_MM + chart_mm):
        pdf.add_page()
    pdf.put_text(title, 13, "B")
    if not table.rows:
        pdf.put_text("Không có số liệu.")
        return
    pdf.ln(1)
    if chart_mm:
        if table.chart is ChartKind.COLUMNS:
            _draw_columns(pdf, table)
        else:
            _draw_bars(pdf, table)
    rows = [row for row in table.rows if not _is_empty(table, row)] if table.chart is ChartKind.COLUMNS else table.rows
    if table.chart is ChartKind.COLUMNS and len(rows) > _FOLDED_FROM:
        _put_grid(pdf, *_folded(table, rows), is_folded=True)
    elif rows:
        _put_grid(pdf, table, rows)
    if len(rows) < len(table.rows):
        pdf.put_text("Các ngày, tháng không có trong bảng: không phát.", 10, "I")


def _folded(table: Table, rows: Sequence[Sequence[Cell]]) -> tuple[Table, Sequence[Sequence[Cell]]]:
    """Return the table as wide as ``_FOLDS`` of it side by side, read downwards: a quarter's days are one page."""
    high, empty = -(-len(rows) // _FOLDS), ("",) * len(table.columns)
    padded = [*rows, *[empty] * (high * _FOLDS - len(rows))]
    beside = [list(chain.from_iterable(padded[at::high])) for at in range(high)]
    return replace(table, columns=[*table.columns] * _FOLDS, rows=beside), beside


def _put_grid(pdf: OfficialPdf, table: Table, rows: Sequence[Sequence[Cell]], *, is_folded: bool = False) -> None:
    pdf.set_font(FONT, size=9 if len(table.columns) > _ROWS_SMALL else 10)
    units = [column.unit for column in table.columns]
    # Names side by side stand apart from the number before them.
    wide, side = (2, "CENTER") if is_folded else (3, "LEFT")
    with (
        pdf.local_context(draw_color=_RULE, line_width=0.15),
        pdf.table(
            col_widths=[wide if unit is NumberFormat.TEXT else 1 for unit in units],
            text_align=[side if unit is NumberFormat.TEXT else "RIGHT" for unit in units],
            headings_style=_HEAD,
            line_height=pdf.font_size * 1.45,
            cell_fill_mode=TableCellFillMode.NONE,
            borders_layout="HORIZONTAL_LINES",
            align="LEFT",  # within the margins, which differ
        ) as grid,
    ):
        grid.row([column.label for column in table.columns])
        for row in rows:
            grid.row([written(value, unit) for value, unit in zip(row, units, strict=True)])
        if table.total:
            totals = [written(value, unit) for value, unit in zip(table.total, units, strict=True)]
            grid.row(totals, style=_STRONG)


def _chart_mm(table: Table) -> float:
    """Return the height of the table's chart; 0: it has none, or nothing to show."""
    if table.drawn is None or max(_values(table, table.drawn), default=0) <= 0:
        return 0
    if table.chart is ChartKind.COLUMNS:
        return _COLUMNS_HIGH_MM + 12
    return len(table.rows[:_LABELS_MOST]) * _step_mm(table) + 10


def _step_mm(table: Table) -> float:
    return _BAR_MM * (1 if table.compared is None else 2) + 2.4


def _values(table: Table, column: int) -> list[float]:
    return [float(row[column] or 0) for row in table.rows]


def _is_empty(table: Table, row: Sequence[Cell]) -> bool:
    return table.drawn is not None and not row[table.drawn]


def _draw_bars(pdf: OfficialPdf, table: Table) -> None:
    """Draw a bar a row, as long as its value, the span before below it, each with its number."""
    assert table.drawn is not None
    drawn = [(_BAR, table.drawn)] + ([] if table.compared is None else [(_BEFORE, table.compared)])
    most = max(max(_values(table, column)) for _colour, column in drawn)
    left, top = pdf.l_margin + _LABEL_MM, pdf.get_y() + (0 if table.compared is None else 5)
    wide = pdf.epw - _LABEL_MM - _NUMBER_MM
    if table.compared is not None:
        _put_legend(pdf, left, table.legend)
    pdf.set_font(FONT, size=9)
    for number, row in enumerate(table.rows[:_LABELS_MOST]):
        y = top + number * _step_mm(table)
        label = _fitting(pdf, str(row[0]), _LABEL_MM - 3)
        pdf.text(left - 2 - pdf.get_string_width(label), y + _BAR_MM, label)
        for turn, (colour, column) in enumerate(drawn):
            value, at = float(row[column] or 0), y + turn * _BAR_MM
            if value > 0:
                pdf.set_fill_color(*colour)
                pdf.rect(left, at, wide * value / most, _BAR_MM, style="F")
            pdf.text(left + wide * value / most + 1, at + _BAR_MM - 0.5, written(value, NumberFormat.TENTHS))
    pdf.set_fill_color(*_WHITE)  # else the cells of the next table are filled with it
    bottom = top + len(table.rows[:_LABELS_MOST]) * _step_mm(table)
    pdf.line(left, top - 1, left, bottom)
    pdf.set_y(bottom + 3)


def _put_legend(pdf: OfficialPdf, left: float, legend: tuple[str, str]) -> None:
    pdf.set_font(FONT, size=9)
    for turn, (colour, label) in enumerate(zip((_BAR, _BEFORE), legend, strict=True)):
        x, y = left + turn * 24, pdf.get_y()
        pdf.set_fill_color(*colour)
        pdf.rect(x, y, 3, 3, style="F")
        pdf.text(x + 4, y + 2.6, label)


def _fitting(pdf: OfficialPdf, text: str, width: float) -> str:
    """Return the text, cut where it would be wider."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _draw_columns(pdf: OfficialPdf, table: Table) -> None:
    """Draw columns side by side, each as high as its value; the numbers are in the table below."""
    assert table.drawn is not None
    values, most = _values(table, table.drawn), max(_values(table, table.drawn))
    left, top, width = pdf.l_margin, pdf.get_y() + 4, pdf.epw
    pdf.set_font(FONT, size=8)
    labels = [str(row[0]).removesuffix(_same_year(table)) for row in table.rows]
    step, widest = width / len(values), max(map(pdf.get_string_width, labels)) + _GAP_MM
    every = max(-(-len(values) // _LABELS_MOST), math.ceil(widest / step))
    wide = min(step * 0.8, _COLUMN_WIDEST_MM)
    pdf.set_fill_color(*_BAR)
    pdf.text(left, top - 1, written(most, NumberFormat.TENTHS))
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        high, middle = _COLUMNS_HIGH_MM * value / most, left + (number + 0.5) * step
        if high > 0:
            pdf.rect(middle - wide / 2, top + _COLUMNS_HIGH_MM - high, wide, high, style="F")
        if number % every == 0:
            long = pdf.get_string_width(label)
            x = min(max(middle - long / 2, left), left + width - long)
            pdf.text(x, top + _COLUMNS_HIGH_MM + 3.5, label)
    pdf.set_fill_color(*_WHITE)
    pdf.line(left, top + _COLUMNS_HIGH_MM, left + width, top + _COLUMNS_HIGH_MM)
    pdf.set_y(top + _COLUMNS_HIGH_MM + 7)


def _same_year(table: Table) -> str:
    """Return the end that all labels have, ``/2026``; empty: they differ, or nothing would be left."""
    ends = {str(row[0])[-5:] for row in table.rows}
    is_one = len(ends) == 1 and all(len(str(row[0])) > len("01/2026") for row in table.rows)
    return ends.pop() if is_one else ""
