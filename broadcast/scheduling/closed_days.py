"""Closed days: sets of dates, such as holidays or a week of mourning, on which a rule is kept silent.

The dates of a rule are worked out when it is saved and stored with it, so that the approved dates air: a set that
changes later changes no bulletin until that is saved again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NewType

from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.lunar_calendar import new_year, solar_date
from broadcast.scheduling.recurrence import is_airing_date
from province.areas import AreaId
from province.errors import Problem, problem_if, too_long
from province.people import UserId

DateSetId = NewType("DateSetId", str)
TET: Final = "tet"
HOLIDAYS: Final = "holidays"
BUILT_IN: Final = (TET, HOLIDAYS)
# How far ahead rules without an end are looked at; saving one again looks further.
YEARS_AHEAD: Final = 5
NAME_MAX: Final = 80
DATES_MAX: Final = 400
SETS_MAX: Final = 10
# Of the five days off at Tết (Labour Code 2019, article 112) that is the usual choice: the last day of the old year and
# four of the new one. Other years' choices are a set of the province's own.
_TET_DAYS = range(-1, 4)


@dataclass(frozen=True, slots=True)
class DateSet:
    """An area's own set, for itself and everything below it. ``dates`` are local, in order, each once."""

    id: DateSetId
    area_id: AreaId
    name: str
    dates: tuple[date, ...]
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str


def dates_of(name: str, own: Mapping[str, Iterable[date]], years: Iterable[int]) -> frozenset[date]:
    """Return the dates of a set; of a built-in set those in these years. An unknown name has none."""
    if name == TET:
        return frozenset(day for year in years for day in _tet(year))
    if name == HOLIDAYS:
        return frozenset(day for year in years for day in (*_tet(year), *_public(year)))
    return frozenset(own.get(name, ()))


def closed(schedule: Schedule, own: Mapping[str, Iterable[date]], today: date) -> Schedule:
    """Add the dates on which its sets keep the schedule silent. A single date without a rule is never closed."""
    if not schedule.rrule:
        return replace(schedule, closed_on=())
    years = range(today.year, today.year + YEARS_AHEAD)
    dates = {day for name in schedule.not_on for day in dates_of(name, own, years)}
    return replace(schedule, closed_on=tuple(sorted(day for day in dates if is_airing_date(schedule, day))))


def set_problems(schedules: Iterable[Schedule], own: Mapping[str, object]) -> list[Problem]:
    """Return unknown sets, and more sets than a rule may name, as problems."""
    found: list[Problem] = []
    for schedule in schedules:
        field = f"schedules.{schedule.id}.not_on"
        found += problem_if(len(schedule.not_on) > SETS_MAX, field, "TOO_MANY", max=SETS_MAX)
        unknown = [name for name in schedule.not_on if name not in BUILT_IN and name not in own]
        found += [Problem(field, "DATE_SET_UNKNOWN", {"name": name[:40]}) for name in unknown[:SETS_MAX]]
    return found


def name_and_date_problems(name: str, dates: Iterable[date]) -> list[Problem]:
    """Return everything wrong with an area's own set."""
    found = [] if name.strip() else [Problem("name", "MISSING")]
    found += too_long("name", name, NAME_MAX)
    count = len(tuple(dates))
    found += problem_if(not count, "dates", "MISSING")
    found += problem_if(count > DATES_MAX, "dates", "TOO_MANY", max=DATES_MAX)
    return found


def _tet(year: int) -> list[date]:
    return [new_year(year) + timedelta(days=day) for day in _TET_DAYS]


def _public(year: int) -> list[date]:
    """Return holidays besides Tết: new year, Hùng kings (10th of lunar month 3), 30 April, 1 May, national day.

    National day has a second day, before or after it, that the government names each year: that is not here.
    """
    fixed = (date(year, 1, 1), date(year, 4, 30), date(year, 5, 1), date(year, 9, 2))
    return [*fixed, solar_date(10, 3, year)]
