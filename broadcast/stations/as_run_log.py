"""As-run logs as station software writes them: CSV, one line for each airing.

The first line names the columns: ``programme`` (or ``cut_id``), ``at``, and if wished ``rung`` (downloaded, verified,
scheduled, aired; left out: aired), ``duration`` (seconds, or h:mm:ss) and ``sha256``. Commas, semicolons or tabs part
them. A time without an offset is the wall clock of Vietnam, in ISO 8601 or as 28/11/2026 17:30:00.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.stations.model import ProgrammeId, ProgrammeProgress, StationReport
from province.errors import InvalidError, Problem
from province.wall_clock import DEFAULT_ZONE

LINES_MAX: Final = 20_000
WRITTEN_MAX: Final = 40
_NAMES: Final = {"cut_id": "programme", "cutid": "programme", "programme_id": "programme", "aired_at": "at"}
_RUNGS: Final = frozenset(ProgrammeProgress)
_SEXAGESIMAL: Final = 60
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_DAY: Final = r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"
_AS_READ: Final = (re.compile(rf"{_DAY}[ T,]+{_CLOCK}"), re.compile(rf"{_CLOCK}[ ,]+{_DAY}"))
"""Date and time as Vietnamese write them, either first."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """Line that names a programme, and the report on it; None: it cannot be read. ``at`` is the time as written."""

    number: int
    programme_id: ProgrammeId
    at: str
    report: StationReport | None


def decoded(data: bytes) -> str:
    """Read UTF-8, or UTF-16 with its mark as spreadsheets save "Unicode text". Raises UnicodeDecodeError."""
    return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")


def read(text: str) -> Sequence[LogLine]:
    """Read the lines of a file that name a programme, ours or not: a log is full of jingles and the station's own cuts.

    Raises:
        InvalidError: the first line names no columns, or there are too many lines.
    """
    head, _, _ = text.lstrip("\ufeff").partition("\n")
    mark = max(",;\t", key=head.count)
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=mark))
    columns = [_named(cell) for cell in rows[0]] if rows else []
    if "programme" not in columns or "at" not in columns:
        raise InvalidError([Problem("lines.1", "COLUMNS_MISSING")])
    if len(rows) > LINES_MAX + 1:
        raise InvalidError([Problem("lines", "TOO_MANY", {"max": LINES_MAX})])
    found = []
    for number, row in enumerate(rows[1:], start=2):
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        programme_id = ProgrammeId(cells.get("programme", "").lower())
        if programme_id:
            found.append(LogLine(number, programme_id, cells.get("at", "")[:WRITTEN_MAX], _report(programme_id, cells)))
    return found


def _named(cell: str) -> str:
    name = cell.strip().lower().replace(" ", "_")
    return _NAMES.get(name, name)


def _report(programme_id: ProgrammeId, cells: dict[str, str]) -> StationReport | None:
    try:
        return _read(programme_id, cells)
    except (ValueError, KeyError):
        return None


def _read(programme_id: ProgrammeId, cells: dict[str, str]) -> StationReport:
    """Read one line. Raises ValueError, KeyError."""
    at = _instant(cells["at"])
    rung = cells.get("rung", "").lower() or ProgrammeProgress.AIRED
    if rung not in _RUNGS:
        raise ValueError(rung)
    length = cells.get("duration", "")
    return StationReport(
        programme_id,
        ProgrammeProgress(rung),
        at.astimezone(UTC),
        cells.get("sha256", "").lower(),
        _milliseconds(length) if length else None,
    )


def _instant(text: str) -> datetime:
    """Read a point in time. Raises ValueError."""
    written = next((found for each in _AS_READ if (found := each.fullmatch(text))), None)
    if written is None:
        at = datetime.fromisoformat(text)
    else:
        at = datetime(**{name: int(figure or 0) for name, figure in written.groupdict().items()})  # type: ignore[arg-type] # noqa: DTZ001 - wall time
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(DEFAULT_ZONE))


def _milliseconds(length: str) -> int:
    """Read a length. Raises ValueError."""
    seconds = 0.0
    for part in length.split(":"):
        figure = float(part.replace(",", "."))
        if not 0 <= figure < 1e6:  # noqa: PLR2004 - no airing is as long
            raise ValueError(length)
        seconds = seconds * _SEXAGESIMAL + figure
    return round(seconds * 1000)
