"""Series of a past flood from a file of a spreadsheet: a time and a value in each line."""

import csv
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.gauges.model import GaugeReading
from cms.gauges.forms import read_value
from cms.platform.web import typed_time
from province.errors import InvalidError, Problem, problem_if, refuse
from province.wall_clock import DEFAULT_ZONE

BYTES_MOST: Final = 512 * 1024
LINES_MOST: Final = 5_000
_PARTS: Final = ";\t,"


def read_series(data: bytes) -> list[GaugeReading]:
    """Read the series, earliest first; a first line without figures is its heading.

    Raises:
        InvalidError: too large, no text, too many lines, or a line that is none, with its number.
    """
    refuse(problem_if(len(data) > BYTES_MOST, "file", "FILE_TOO_LARGE", kb=BYTES_MOST // 1024))
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidError([Problem("file", "NOT_A_SERIES")]) from error
    refuse(problem_if(len(lines) > LINES_MOST + 1, "file", "TOO_MANY", max=LINES_MOST))
    found: dict[datetime, float] = {}
    for number, line in enumerate(lines, 1):
        reading = _reading(line)
        if reading is not None:
            found.setdefault(reading.at, reading.value)
        elif line.strip() and number > 1:
            raise InvalidError([Problem("file", "NOT_A_LINE", {"line": number})])
    refuse(problem_if(len(found) < 2, "file", "NOT_A_SERIES"))  # noqa: PLR2004 - a course of events has two ends
    return [GaugeReading(at, found[at]) for at in sorted(found)]


def _reading(line: str) -> GaugeReading | None:
    part = next((each for each in _PARTS if each in line), ";")
    try:
        cells = [each.strip() for each in next(csv.reader([line[:200]], delimiter=part), [])]
    except csv.Error:
        return None
    value = read_value(cells[1]) if len(cells) > 1 else None
    at = _instant(cells[0]) if value is not None else None
    return None if at is None or value is None else GaugeReading(at, value)


def _instant(text: str) -> datetime | None:
    """Read an instant as ISO 8601, or as people write it; without an offset it is the time in Vietnam."""
    try:
        at = typed_time.read_wall(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(DEFAULT_ZONE))).astimezone(UTC).replace(microsecond=0)
