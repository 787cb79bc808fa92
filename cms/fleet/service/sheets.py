"""Import of boxes from a spreadsheet: CSV or XLSX as Excel writes them, one per line, with the problems of each line.

Excel writes CSV with a BOM, with semicolons if the comma is the decimal sign, and turns "000123" into 123; in its own
files the cell's format restores the leading zeros. A value it has spoilt for good (2,4E+14) is reported, not guessed.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cms.fleet.service.registration import AT_ONCE_MAX, BoxDraft
from cms.platform.clean_text import clean, folded
from devices.model import DeviceKind
from province.areas import AreaId, AreaTree
from province.errors import InvalidError, Problem

FILE_MAX_BYTES: Final = 5 * 1024 * 1024
_UNPACKED_MAX_BYTES: Final = 60 * 1024 * 1024
_CELL_MAX: Final = 300
_COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("serial", "so se-ri", "so seri", "se-ri", "seri", "so serial", "so may"), "serial"),
    **dict.fromkeys(("kind", "loai", "loai thiet bi"), "kind"),
    **dict.fromkeys(("area", "dia ban", "xa", "ma dia ban", "noi dat"), "area"),
    **dict.fromkeys(("name", "ten", "ten thiet bi"), "name"),
    **dict.fromkeys(("code", "ma nhan", "ma xac nhan", "claim_code", "claim code"), "code"),
}
_KINDS: Final[Mapping[str, str]] = {
    **{kind.value: kind.value for kind in DeviceKind},
    **dict.fromkeys(("", "cum loa", "loa"), DeviceKind.CLUSTER.value),
    **dict.fromkeys(("bang tin", "bang tin dien tu"), DeviceKind.BOARD.value),
    "dai": DeviceKind.STATION.value,
    "bo noi": DeviceKind.BRIDGE.value,
}
_SPOILT: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+[0-9]+")
_AS_TEXT: Final = re.compile(r'="(.*)"')


@dataclass(frozen=True, slots=True)
class SheetLine:
    """Parsed line. ``number`` counts as the spreadsheet does, the heading being 1."""

    number: int
    draft: BoxDraft
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Parsed file: its lines, and the headings of ignored columns."""

    lines: Sequence[SheetLine]
    ignored: Sequence[str] = ()


def read(data: bytes, tree: AreaTree, mine: frozenset[AreaId], default_area: AreaId | None = None) -> Sheet:
    """Read the boxes of a file. Areas are found by id, official code or name among ``mine``; empty: ``default_area``.

    Raises:
        InvalidError: it is no such file, has no column of serials, no line, or too many.
    """
    if len(data) > FILE_MAX_BYTES:
        raise InvalidError([Problem("file", "SHEET_TOO_LARGE", {"max_mb": FILE_MAX_BYTES // 1024 // 1024})])
    rows = _of_workbook(data) if data.startswith(b"PK") else _of_text(data)
    filled = ((number, row) for number, row in rows if any(cell.strip() for cell in row))
    heading = next(filled, (0, ()))[1]
    columns = [_COLUMNS.get(folded(cell.strip()), "") for cell in heading]
    if "serial" not in columns:
        raise InvalidError([Problem("file", "SHEET_WITHOUT_SERIALS")])
    places = _places(tree, mine)
    lines: list[SheetLine] = []
    for number, row in filled:
        if len(lines) >= AT_ONCE_MAX:
            raise InvalidError([Problem("file", "SHEET_TOO_LONG", {"max": AT_ONCE_MAX})])
        cells = {name: clean(cell).strip()[:_CELL_MAX] for name, cell in zip(columns, row, strict=False) if name}
        lines.append(_line(number, cells, places, default_area))
    if not lines:
        raise InvalidError([Problem("file", "SHEET_EMPTY")])
    ignored = [cell.strip() for cell, name in zip(heading, columns, strict=True) if cell.strip() and not name]
    return Sheet(lines, ignored)


def _line(
    number: int, cells: Mapping[str, str], places: Mapping[str, Sequence[AreaId]], default_area: AreaId | None
) -> SheetLine:
    problems = []
    typed = cells.get("area", "")
    named = places.get(folded(typed), ()) if typed else ([default_area] if default_area else [])
    if not typed and not named:
        problems.append(Problem("area", "MISSING"))
    elif not named:
        problems.append(Problem("area", "AREA_NOT_FOUND", {"area": typed}))
    elif len(named) > 1:
        problems.append(Problem("area", "AREA_AMBIGUOUS", {"area": typed, "ids": ", ".join(named[:5])}))
    if _SPOILT.fullmatch(cells.get("serial", "")):
        problems.append(Problem("serial", "SERIAL_SPOILT", {"serial": cells["serial"]}))
    kind = cells.get("kind", "")
    draft = BoxDraft(
        serial=cells.get("serial", ""),
        kind=_KINDS.get(folded(kind), kind),
        area_id=named[0] if len(named) == 1 else AreaId(""),
        name=cells.get("name", ""),
        code=cells.get("code", ""),
    )
    return SheetLine(number, draft, tuple(problems))


def _places(tree: AreaTree, mine: frozenset[AreaId]) -> Mapping[str, Sequence[AreaId]]:
    found: dict[str, list[AreaId]] = {}
    for area in tree:
        if area.id in mine:
            for word in {folded(word) for word in (area.id, area.name, *area.codes.values())}:
                found.setdefault(word, []).append(area.id)
    return found


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


def _of_workbook(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _UNPACKED_MAX_BYTES:
                raise InvalidError([Problem("file", "SHEET_UNREADABLE")])
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=AT_ONCE_MAX + 100, max_col=50)
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


def problems_by_line(
    lines: Iterable[SheetLine], found: Iterable[Sequence[Problem]]
) -> list[tuple[SheetLine, list[Problem]]]:
    """Merge the problems of each line, of parsing and of the register; a field's parsing problems come first."""
    told = []
    for line, more in zip(lines, found, strict=True):
        read_already = {problem.field for problem in line.problems}
        told.append((line, [*line.problems, *(each for each in more if each.field not in read_already)]))
    return told
