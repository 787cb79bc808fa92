"""Lines of CSV files that people open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

BOM: Final = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of the computer."""
_NUMBER: Final = re.compile(r"-?\d+([.,]\d+)?")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Sequence[str]) -> str:
    """Return the line of these cells; none of them is run as a formula."""
    out = io.StringIO()
    csv.writer(out).writerow(map(_harmless, cells))
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
