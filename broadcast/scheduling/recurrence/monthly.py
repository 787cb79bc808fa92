"""RRULE of FREQ=MONTHLY: one date a month, by its number or by its weekday. The calendar bounds every search."""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from province.errors import Problem, problem_if

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY: Final = re.compile(rf"(-1|[1-5])({'|'.join(WEEKDAYS)})")
_BYMONTHDAY: Final = re.compile(r"-1|[1-9]|[12][0-9]|3[01]")
_YEAR_MONTHS: Final = 12
_WEEK_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class MonthRule:
    """Monthly dates: in every ``interval``-th month from that of ``first_on`` the date ``nth``, if the month has it.

    ``weekday`` (0 is Monday): the ``nth`` such day; None: day number ``nth``. -1 is the last one.
    """

    first_on: date
    interval: int
    nth: int
    weekday: int | None
    count: int | None
    last_on: date | None

    def from_date(self, on: date) -> Iterator[date]:
        """Yield its dates on and after ``on``, in order."""
        # With a count every date since the first has to be seen; without one the search begins where it is asked.
        begins_on = self.first_on if self.count is not None else max(on, self.first_on)
        for index, found in enumerate(self._dates(_months(begins_on))):
            if (self.count is not None and index >= self.count) or (self.last_on is not None and found > self.last_on):
                return
            if found >= on:
                yield found

    def holds(self, on: date) -> bool:
        """Return whether ``on`` is one of its dates."""
        return next(self.from_date(on), None) == on

    def _dates(self, since_months: int) -> Iterator[date]:
        """Yield the dates of the months from ``since_months`` on, none before ``first_on``."""
        first = _months(self.first_on)
        behind = (since_months - first) % self.interval
        last = _months(self.last_on) if self.last_on is not None else _months(date.max)
        for months in range(since_months - behind, last + 1, self.interval):
            found = self._date_in(months // _YEAR_MONTHS, months % _YEAR_MONTHS + 1)
            if found is not None and found >= self.first_on:
                yield found

    def _date_in(self, year: int, month: int) -> date | None:
        first_weekday, days = monthrange(year, month)
        if self.weekday is None:
            day = days if self.nth < 0 else self.nth
        else:
            first = 1 + (self.weekday - first_weekday) % _WEEK_DAYS
            most = (days - first) // _WEEK_DAYS
            day = first + _WEEK_DAYS * (most if self.nth < 0 else self.nth - 1)
        return date(year, month, day) if day <= days else None


def month_rule(parts: Mapping[str, str], first_on: date, count: int | None, last_on: date | None) -> MonthRule:
    """Build the rule from parts without :func:`month_problems`; the default day is that of its start."""
    interval = int(parts.get("INTERVAL", "1"))
    by_day = _BYDAY.fullmatch(parts.get("BYDAY", ""))
    if by_day is not None:
        nth, weekday = int(by_day[1]), WEEKDAYS.index(by_day[2])
        return MonthRule(first_on, interval, nth, weekday, count, last_on)
    nth = int(parts.get("BYMONTHDAY", first_on.day))
    return MonthRule(first_on, interval, nth, None, count, last_on)


def month_problems(parts: Mapping[str, str]) -> list[Problem]:
    """Check the day of a monthly rule: a number from 1 to 31, or a weekday with its place (-1: the last)."""
    found = []
    found += problem_if("BYDAY" in parts and "BYMONTHDAY" in parts, "rrule", "RULE_MONTH_TWICE")
    if "BYDAY" in parts and not _BYDAY.fullmatch(parts["BYDAY"]):
        found.append(Problem("rrule", "RULE_MONTH_WEEKDAY", {"day": parts["BYDAY"][:40]}))
    if "BYMONTHDAY" in parts and not _BYMONTHDAY.fullmatch(parts["BYMONTHDAY"]):
        found.append(Problem("rrule", "RULE_MONTH_DAY", {"day": parts["BYMONTHDAY"][:40]}))
    return found


def _months(on: date) -> int:
    """Count the months since year 0."""
    return on.year * _YEAR_MONTHS + on.month - 1
