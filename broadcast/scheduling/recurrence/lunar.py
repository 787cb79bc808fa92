"""RRULE with RSCALE=VIETNAMESE (as RFC 7529): one date in every lunar month, by its number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Final

from broadcast.scheduling.lunar_calendar import lunar_months
from province.errors import Problem, problem_if

RSCALE: Final = "VIETNAMESE"
DAY_MAX: Final = 30
ENDS_ON: Final = date(2199, 12, 31)
"""Last date that is looked at: the calendar is computed, and nobody plans a loudspeaker further ahead."""


@dataclass(frozen=True, slots=True)
class LunarRule:
    """Dates from ``first_on``: day ``nth`` of every lunar month that has it, -1 for its last one."""

    first_on: date
    nth: int
    count: int | None
    last_on: date | None

    def from_date(self, on: date) -> Iterator[date]:
        """Yield its dates on and after ``on``, in order."""
        ends_on = ENDS_ON if self.last_on is None else min(self.last_on, ENDS_ON)
        # With a count every date since the first has to be seen; without one the search begins where it is asked.
        begins_on = self.first_on if self.count is not None else max(on, self.first_on)
        index = 0
        for month in takewhile(lambda each: each.first_on <= ends_on, lunar_months(min(begins_on, ENDS_ON))):
            found = month.day(self.nth)
            if found is None or found < self.first_on:
                continue
            if found > ends_on or (self.count is not None and index >= self.count):
                return
            index += 1
            if found >= on:
                yield found

    def holds(self, on: date) -> bool:
        """Return whether ``on`` is one of its dates."""
        return next(self.from_date(on), None) == on


def lunar_rule(parts: Mapping[str, str], first_on: date, count: int | None, last_on: date | None) -> LunarRule:
    """Build the rule from parts without :func:`lunar_problems`."""
    return LunarRule(first_on, int(parts["BYMONTHDAY"]), count, last_on)


def lunar_problems(parts: Mapping[str, str]) -> list[Problem]:
    """Check the parts of a lunar rule: a day from 1 to 30 or -1 (the last), of every month."""
    found = problem_if(parts["RSCALE"] != RSCALE, "rrule", "RULE_RSCALE")
    unknown = {"INTERVAL", "BYDAY"} & parts.keys() or parts.get("FREQ") != "MONTHLY"
    found += problem_if(bool(unknown), "rrule", "RULE_LUNAR_PARTS")
    day = parts.get("BYMONTHDAY", "")
    is_day = day == "-1" or (day.isascii() and day.isdigit() and len(day) <= 2 and 1 <= int(day) <= DAY_MAX)  # noqa: PLR2004
    return found + problem_if(not is_day, "rrule", "RULE_LUNAR_DAY", max=DAY_MAX)
