"""Report as a workbook (Office Open XML): one sheet per table, numbers as numbers, charts that follow them.

The same report gives the same bytes: making it again after a worker has died stores nothing new.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cms.reports.documents.sheets import Cell, ChartKind, NumberFormat, Paper, Table

_ALWAYS = datetime(2000, 1, 1)  # noqa: DTZ001 a workbook's dates have no zone
_HEAD_ROW = 3
_WIDE, _NARROW = 38, 16


def workbook(paper: Paper) -> bytes:
    """Make the workbook; return its bytes."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": paper.heading, "subject": paper.subtitle, "created": _ALWAYS})
    forms = {
        NumberFormat.TEXT: book.add_format({"text_wrap": True, "valign": "top"}),
        NumberFormat.COUNT: book.add_format({"num_format": "#,##0", "valign": "top"}),
        NumberFormat.TENTHS: book.add_format({"num_format": "#,##0.0", "valign": "top"}),
    }
    strong = {
        unit: book.add_format({"bold": True, "top": 1, "num_format": form.num_format}) for unit, form in forms.items()
    }
    title, head = book.add_format({"bold": True, "font_size": 14}), _head(book)
    for table in paper.tables:
        sheet = book.add_worksheet(table.name)
        sheet.write_string(0, 0, f"{paper.heading}: {table.title}", title)
        sheet.write_string(1, 0, paper.subtitle)
        _write(sheet, table, head, forms, strong)
        if table.drawn is not None:
            sheet.insert_chart(_HEAD_ROW, len(table.columns) + 1, _chart(book, table))
    notes = book.add_worksheet("Cách tính")
    notes.set_column(0, 0, 100)
    for row, note in enumerate(paper.notes):
        notes.write_string(row, 0, note, forms[NumberFormat.TEXT])
    book.close()
    return out.getvalue()


def _head(book: xlsxwriter.Workbook) -> Format:
    return book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#E6EFF7"})


def _write(
    sheet: Worksheet, table: Table, head: Format, forms: dict[NumberFormat, Format], strong: dict[NumberFormat, Format]
) -> None:
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _WIDE if column.unit is NumberFormat.TEXT else _NARROW)
        sheet.write_string(_HEAD_ROW, place, column.label, head)
    for number, row in enumerate(table.rows, start=_HEAD_ROW + 1):
        _line(sheet, number, row, [forms[column.unit] for column in table.columns])
    if table.total:
        last = _HEAD_ROW + 1 + len(table.rows)
        _line(sheet, last, table.total, [strong[column.unit] for column in table.columns])
    sheet.freeze_panes(_HEAD_ROW + 1, 1)
    sheet.repeat_rows(_HEAD_ROW)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _line(sheet: Worksheet, number: int, row: Sequence[Cell], forms: Sequence[Format]) -> None:
    for place, (value, form) in enumerate(zip(row, forms, strict=True)):
        if value is None:
            sheet.write_string(number, place, "–", form)
        elif isinstance(value, str):
            # As text: a typed source is never a formula.
            sheet.write_string(number, place, value, form)
        else:
            sheet.write_number(number, place, value, form)


def _chart(book: xlsxwriter.Workbook, table: Table) -> object:
    chart = book.add_chart({"type": "column" if table.chart is ChartKind.COLUMNS else "bar"})
    first, last = _HEAD_ROW + 1, _HEAD_ROW + len(table.rows)
    for column in (table.drawn, table.compared):
        if column is not None:
            chart.add_series(
                {
                    "name": table.columns[column].label,
                    "categories": [table.name, first, 0, last, 0],
                    "values": [table.name, first, column, last, column],
                }
            )
    chart.set_title({"name": table.title})
    if table.compared is None:
        chart.set_legend({"none": True})
    if table.chart is ChartKind.BARS:
        chart.set_y_axis({"reverse": True})
    return chart
