"""Dates and times as people type them: day before month, 24 hours, whatever the browser's language.

A browser's own date field follows the browser's language, so that 12/11 is one day here and another there, and it drops
what is no date. Fields are plain text instead; these functions read it. ISO 8601 is read as well: links and stored
forms hold it.
"""

import re
from datetime import MAXYEAR, date, datetime, time

_DAY = r"(\d{1,2}) ?[/. -] ?(\d{1,2}) ?[/. -] ?(\d{4}|\d{2})"
_DAY_ALONE = re.compile(_DAY)
_DAY_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{4})")
_CLOCK = re.compile(r"(\d{1,2})(?: ?(?:[:.hHgG]|giờ) ?(?:(\d{2})(?::(\d{2}))?(?: ?phút)?)?)?")
_CLOCK_DIGITS = re.compile(r"(\d{2})(\d{2})")
_CLOCK_THEN_DAY = re.compile(rf"(?P<clock>.+?),? (?:ngày )?(?P<day>{_DAY}|\d{{8}})")
_DAY_THEN_CLOCK = re.compile(rf"(?P<day>{_DAY}|\d{{8}}),? (?:lúc )?(?P<clock>.+)")
_CENTURY = 2000
_MAX = 40
_SHORT_YEAR = 100


def read_day(text: str) -> date:
    """Read ``28/11/2026``, ``28-11-26``, ``28112026`` or ISO 8601.

    Raises:
        ValueError: it is no date of the calendar.
    """
    text = _tidy(text)
    found = _DAY_ALONE.fullmatch(text) or _DAY_DIGITS.fullmatch(text)
    if found is None:
        return date.fromisoformat(text)
    day, month, year = (int(part) for part in found.groups())
    return date(year + _CENTURY if year < _SHORT_YEAR else year, month, day)


def read_clock(text: str) -> time:
    """Read ``17:30``, ``17h30``, ``17h``, ``17 giờ 30`` or ``1730``.

    Raises:
        ValueError: it is no time of day.
    """
    text = _tidy(text)
    found = _CLOCK_DIGITS.fullmatch(text) or _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, minute, second = (int(part or 0) for part in (*found.groups(), 0)[:3])
    return time(hour, minute, second)


def read_wall(text: str) -> datetime:
    """Read a time with its date, in either order, or ISO 8601, which may hold an offset.

    Raises:
        ValueError: it is no time, or none that the calendar of every zone has.
    """
    text = _tidy(text)
    found = _DAY_THEN_CLOCK.fullmatch(text) or _CLOCK_THEN_DAY.fullmatch(text)
    if found is None:
        at = datetime.fromisoformat(text)
    else:
        at = datetime.combine(read_day(found["day"]), read_clock(found["clock"]))
    if not 1 < at.year < MAXYEAR:
        raise ValueError(text)
    return at


def shown(text: str) -> str:
    """Rewrite ISO 8601 as people read it; what is none, such as something mistyped, stays as it is."""
    try:
        if "T" in text:
            at = datetime.fromisoformat(text)
            return f"{at:%H:%M:%S %d/%m/%Y}" if at.second else f"{at:%H:%M %d/%m/%Y}"
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text


def _tidy(text: str) -> str:
    """Return the text with single spaces. Raises ValueError if it is longer than any time."""
    if len(text) > _MAX:
        raise ValueError(text)
    return " ".join(text.split())


def day_within(text: str) -> date | None:
    """Return the date in a field, to read its weekday back; None if there is none."""
    for read in (read_day, lambda typed: read_wall(typed).date()):
        try:
            return read(text)
        except ValueError:
            continue
    return None
