"""Tables of people's spreadsheets: CSV or XLSX as Excel writes them, with a heading in the first line.

Excel writes CSV with a BOM, with semicolons if the comma is the decimal sign, and turns "000123" into 123; in its own
files the cell's format restores the leading zeros.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cms.platform.clean_text import clean, folded
from province.errors import InvalidError, Problem

FILE_MAX_BYTES: Final = 5 * 1024 * 1024
_UNPACKED_MAX_BYTES: Final = 60 * 1024 * 1024
_CELL_MAX: Final = 300
_SPARE_LINES: Final = 100
_AS_TEXT: Final = re.compile(r'="(.*)"')


@dataclass(frozen=True, slots=True)
class SheetTable:
    """Table. ``rows``: the number of each line, the heading being 1, and its cells by column.

    ``ignored``: headings of columns that are not known.
    """

    rows: Sequence[tuple[int, Mapping[str, str]]]
    ignored: Sequence[str] = ()


def read_table(
    data: bytes, known: Mapping[str, str], lines_max: int, *, needed: str, without_needed: str
) -> SheetTable:
    """Read a file. ``known``: the column of each heading, written in lower case without diacritics.

    Raises:
        InvalidError: it is no such file, lacks the column ``needed`` (``without_needed``), has no line, or too many.
    """
    if len(data) > FILE_MAX_BYTES:
        raise InvalidError([Problem("file", "SHEET_TOO_LARGE", {"max_mb": FILE_MAX_BYTES // 1024 // 1024})])
    lines = _of_workbook(data, lines_max) if data.startswith(b"PK") else _of_text(data)
    filled = ((number, row) for number, row in lines if any(cell.strip() for cell in row))
    heading = next(filled, (0, ()))[1]
    columns = [known.get(folded(cell.strip()), "") for cell in heading]
    if needed not in columns:
        raise InvalidError([Problem("file", without_needed)])
    rows: list[tuple[int, Mapping[str, str]]] = []
    for number, row in filled:
        if len(rows) >= lines_max:
            raise InvalidError([Problem("file", "SHEET_TOO_LONG", {"max": lines_max})])
        cells = {name: clean(cell).strip()[:_CELL_MAX] for name, cell in zip(columns, row, strict=False) if name}
        rows.append((number, cells))
    if not rows:
        raise InvalidError([Problem("file", "SHEET_EMPTY")])
    ignored = [cell.strip() for cell, name in zip(heading, columns, strict=True) if cell.strip() and not name]
    return SheetTable(rows, ignored)


def _of_text(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidError([Problem("file", "NOT_UTF8")]) from None
    first = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            yield number, [found[1] if (found := _AS_TEXT.fullmatch(cell)) else cell for cell in row]
    except csv.Error:
        raise InvalidError([Problem("file", "SHEET_UNREADABLE")]) from None


def _of_workbook(data: bytes, lines_max: int) -> Iterator[tuple[int, Sequence[str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _UNPACKED_MAX_BYTES:
                raise InvalidError([Problem("file", "SHEET_UNREADABLE")])
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=lines_max + _SPARE_LINES, max_col=50)
        yield from ((number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, start=1))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError):
        raise InvalidError([Problem("file", "SHEET_UNREADABLE")]) from None


def _cell(cell: object) -> str:
    value = getattr(cell, "value", None)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # 123 shown as 000123 was meant so.
    shown = str(getattr(cell, "number_format", ""))
    if isinstance(value, int) and re.fullmatch(r"0{2,40}", shown):
        return str(value).zfill(len(shown))
    return str(value)
