"""As-run logs as station software writes them: CSV, one line for each airing.

The first line names the columns: ``programme`` (or ``cut_id``), ``at``, and if wished ``rung`` (downloaded, verified,
scheduled, aired; left out: aired), ``duration`` (seconds, or h:mm:ss) and ``sha256``. Commas, semicolons or tabs part
them. A time without an offset is the wall clock of Vietnam.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.errors import InvalidError, Problem
from broadcast.model.schedules import DEFAULT_ZONE
from broadcast.model.stations import ProgrammeId, Rung, Word

LINES_MAX: Final = 1_000
_NAMES: Final = {"cut_id": "programme", "cutid": "programme", "programme_id": "programme", "aired_at": "at"}
_RUNGS: Final = frozenset(Rung)
_SEXAGESIMAL: Final = 60


def read(text: str) -> list[Word]:
    """The words of the file, in its order.

    Raises:
        InvalidError: with every line that cannot be read, as ``lines.N`` (the first line is 1).
    """
    head, _, _ = text.lstrip("\ufeff").partition("\n")
    mark = max(",;\t", key=head.count)
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=mark))
    columns = [_named(cell) for cell in rows[0]] if rows else []
    if "programme" not in columns or "at" not in columns:
        raise InvalidError([Problem("lines.1", "COLUMNS_MISSING")])
    if len(rows) > LINES_MAX + 1:
        raise InvalidError([Problem("lines", "TOO_MANY", {"max": LINES_MAX})])
    words, problems = [], []
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            try:
                words.append(_word(dict(zip(columns, (cell.strip() for cell in cells), strict=False))))
            except (ValueError, KeyError):
                problems.append(Problem(f"lines.{number}", "LINE_UNREADABLE", {"line": number}))
    if problems:
        raise InvalidError(problems)
    return words


def _named(cell: str) -> str:
    name = cell.strip().lower().replace(" ", "_")
    return _NAMES.get(name, name)


def _word(cells: dict[str, str]) -> Word:
    """Raises ValueError, KeyError."""
    at = datetime.fromisoformat(cells["at"])
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(DEFAULT_ZONE))
    rung = cells.get("rung", "").lower() or Rung.AIRED
    if rung not in _RUNGS or not cells["programme"]:
        raise ValueError(rung)
    length = cells.get("duration", "")
    return Word(
        ProgrammeId(cells["programme"].lower()),
        Rung(rung),
        at.astimezone(UTC),
        cells.get("sha256", "").lower(),
        _milliseconds(length) if length else None,
    )


def _milliseconds(length: str) -> int:
    """Raises ValueError."""
    seconds = 0.0
    for part in length.split(":"):
        figure = float(part.replace(",", "."))
        if not 0 <= figure < 1e6:  # noqa: PLR2004 - no airing is as long
            raise ValueError(length)
        seconds = seconds * _SEXAGESIMAL + figure
    return round(seconds * 1000)
