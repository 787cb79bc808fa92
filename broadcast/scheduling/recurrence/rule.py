"""RRULE as arithmetic on dates: no iterating from its start to reach today. FREQ=MONTHLY: ``monthly``, ``lunar``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from broadcast.scheduling.recurrence.lunar import LunarRule, lunar_problems, lunar_rule
from broadcast.scheduling.recurrence.monthly import WEEKDAYS, MonthRule, month_problems, month_rule
from province.errors import Problem, problem_if

MONTHLY = "MONTHLY"
INTERVAL_MAX = 366
COUNT_MAX = 5000
_PARTS = ("FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_DAY = timedelta(days=1)
_ONCE_DAYS = 1_000_000


@dataclass(frozen=True, slots=True)
class DateRule:
    """The dates base + k × ``cycle_days`` + offset, from ``first_on``: the first ``count``, none past ``last_on``.

    ``skipped`` offsets of the first cycle lie before ``first_on``. Without offsets it has no date at all.
    """

    first_on: date
    base_on: date
    cycle_days: int
    offsets: tuple[int, ...]
    skipped: int
    count: int | None
    last_on: date | None

    def from_date(self, on: date) -> Iterator[date]:
        """Yield its dates on and after ``on``, in order; the cycles that the calendar has room for bound the search."""
        last_days = ((date.max if self.last_on is None else self.last_on) - self.base_on).days
        for cycle in range(
            max(0, (on - self.base_on).days // self.cycle_days),
            last_days // self.cycle_days + 1 if self.offsets else 0,
        ):
            for place, offset in enumerate(self.offsets):
                index = cycle * len(self.offsets) + place - self.skipped
                days = cycle * self.cycle_days + offset
                if days > last_days or (self.count is not None and index >= self.count):
                    return
                if index >= 0 and (found := self.base_on + timedelta(days=days)) >= on:
                    yield found

    def holds(self, on: date) -> bool:
        """Return whether ``on`` is one of its dates."""
        return next(self.from_date(on), None) == on


@lru_cache(maxsize=16384)
def dates_of(rrule: str, starts: datetime, zone: str) -> DateRule | MonthRule | LunarRule:
    """Return the dates of a rule without :func:`rule_problems`."""
    parts = dict(part.split("=", 1) for part in rrule.upper().split(";")) if rrule else {}
    if parts.get("FREQ") != MONTHLY:
        return _date_rule(parts, starts, zone)
    build = lunar_rule if "RSCALE" in parts else month_rule
    return build(parts, starts.date(), _count(parts), _last(parts, starts, zone))


def _date_rule(parts: dict[str, str], starts: datetime, zone: str) -> DateRule:
    """Return the dates of a daily or weekly rule, or of no rule.

    As in RFC 5545 the first date of a weekly rule is the first matching one on or after ``starts``.
    """
    first_on = starts.date()
    if not parts:
        return DateRule(first_on, first_on, _ONCE_DAYS, (0,), 0, 1, None)
    interval = int(parts.get("INTERVAL", "1"))
    days = sorted(WEEKDAYS.index(day) for day in set(parts["BYDAY"].split(","))) if "BYDAY" in parts else []
    base_on = first_on
    if parts["FREQ"] == "WEEKLY":
        # Weeks begin on Monday (RFC 5545's default, and the province's): it matters where INTERVAL is above 1.
        base_on = first_on - first_on.weekday() * _DAY
        cycle_days, offsets = 7 * interval, tuple(days or [first_on.weekday()])
    elif days:
        cycle_days = 7 * interval
        steps = range(0, cycle_days, interval)
        offsets = tuple(step for step in steps if (first_on + step * _DAY).weekday() in days)
    else:
        cycle_days, offsets = interval, (0,)
    skipped = sum(1 for offset in offsets if base_on + offset * _DAY < first_on)
    return DateRule(first_on, base_on, cycle_days, offsets, skipped, _count(parts), _last(parts, starts, zone))


def rule_problems(rrule: str, starts: datetime) -> list[Problem]:
    """Return everything wrong with the text of a rule. Codes start with ``RULE_``."""
    if not rrule:
        return []
    found: list[Problem] = []
    parts: dict[str, str] = {}
    is_monthly = f"FREQ={MONTHLY}" in rrule.upper().split(";")
    known = (*_PARTS, "BYMONTHDAY", "RSCALE") if is_monthly else _PARTS
    for piece in rrule.upper().split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value or name not in known:
            found.append(Problem("rrule", "RULE_PART_UNKNOWN", {"part": piece[:40]}))
        elif name in parts:
            found.append(Problem("rrule", "RULE_PART_TWICE", {"part": name}))
        else:
            parts[name] = value
    if not is_monthly and parts.get("FREQ") not in ("DAILY", "WEEKLY"):
        found.append(Problem("rrule", "RULE_FREQ", {"freq": parts.get("FREQ", "")[:40]}))
    found += _number_problems(parts, "INTERVAL", INTERVAL_MAX) + _number_problems(parts, "COUNT", COUNT_MAX)
    if "RSCALE" in parts:
        found += lunar_problems(parts)
    else:
        found += month_problems(parts) if is_monthly else _byday_problems(parts)
    found += problem_if(parts.get("WKST", "MO") != "MO", "rrule", "RULE_WKST")
    if "UNTIL" in parts:
        found += _until_problems(parts, starts)
    return found


def _count(parts: dict[str, str]) -> int | None:
    return int(parts["COUNT"]) if "COUNT" in parts else None


def _last(parts: dict[str, str], starts: datetime, zone: str) -> date | None:
    return _last_on(parts["UNTIL"], starts, zone) if "UNTIL" in parts else None


def _number_problems(parts: dict[str, str], name: str, most: int) -> list[Problem]:
    value = parts.get(name, "1")
    if value.isascii() and value.isdigit() and len(value) <= len(str(most)) and 1 <= int(value) <= most:
        return []
    return [Problem("rrule", f"RULE_{name}", {"max": most})]


def _byday_problems(parts: dict[str, str]) -> list[Problem]:
    unknown = [day for day in parts.get("BYDAY", "MO").split(",") if day not in WEEKDAYS]
    return [Problem("rrule", "RULE_BYDAY", {"day": day[:40]}) for day in unknown]


def _until_problems(parts: dict[str, str], starts: datetime) -> list[Problem]:
    found: list[Problem] = []
    found += problem_if("COUNT" in parts, "rrule", "RULE_COUNT_AND_UNTIL")
    try:
        until = _until(parts["UNTIL"])
    except ValueError:
        return [*found, Problem("rrule", "RULE_UNTIL")]
    if until.date() < starts.date() - _DAY or (until.tzinfo is None and until.date() < starts.date()):
        found.append(Problem("rrule", "RULE_UNTIL_BEFORE_START"))
    return found


def _until(text: str) -> datetime:
    match = _UNTIL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, clock, utc = match.groups()
    until = datetime.strptime(day + (clock or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007 (wall time unless it says Z)
    return until.replace(tzinfo=UTC) if utc else until


def _last_on(text: str, starts: datetime, zone: str) -> date:
    until = _until(text)
    if until.tzinfo is not None:
        until = until.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return until.date() if starts.time() <= until.time() else until.date() - _DAY
