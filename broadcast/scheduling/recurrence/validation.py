"""Validation of schedules, before they are saved."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.recurrence.occurrences import is_airing_date
from broadcast.scheduling.recurrence.rule import dates_of, rule_problems
from province.errors import Problem, problem_if

EXCEPTIONS_MAX = 500
_ID = re.compile(r"[a-z0-9]{1,20}")


def problems(schedule: Schedule) -> tuple[Problem, ...]:
    """Return all problems of one schedule; ``field`` names the schedule's field."""
    rule = rule_problems(schedule.rrule, schedule.starts)
    found = list(rule)
    found += problem_if(not _ID.fullmatch(schedule.id), "id", "SCHEDULE_ID")
    if not _is_zone(schedule.zone):
        found.append(Problem("zone", "ZONE_UNKNOWN", {"zone": schedule.zone[:40]}))
        rule = [*rule, found[-1]]
    found += problem_if(schedule.starts.tzinfo is not None, "starts", "NOT_WALL_TIME")
    if schedule.starts.microsecond:
        # Occurrence ids name the minute, which is enough: a rule airs at most once a date.
        found.append(Problem("starts", "NOT_WHOLE_SECOND"))
    if len(schedule.except_on) + len(schedule.moves) > EXCEPTIONS_MAX:
        found.append(Problem("except_on", "TOO_MANY_EXCEPTIONS", {"max": EXCEPTIONS_MAX}))
    elif not rule:
        found += _date_problems(schedule)
    return tuple(found)


def all_problems(schedules: Sequence[Schedule]) -> tuple[Problem, ...]:
    """Return the problems of every schedule, ``field`` being ``schedules.{id}.{field}``, and ids used twice."""
    found = [
        replace(problem, field=f"schedules.{schedule.id}.{problem.field}")
        for schedule in schedules
        for problem in problems(schedule)
    ]
    twice = [schedule_id for schedule_id, times in Counter(s.id for s in schedules).items() if times > 1]
    return (*found, *(Problem(f"schedules.{schedule_id}.id", "SCHEDULE_ID_TWICE") for schedule_id in twice))


def _date_problems(schedule: Schedule) -> list[Problem]:
    rule = dates_of(schedule.rrule, schedule.starts, schedule.zone)
    if next(rule.from_date(rule.first_on), None) is None:
        return [Problem("rrule", "RULE_NEVER")]
    return _exception_problems(schedule)


def _exception_problems(schedule: Schedule) -> list[Problem]:
    found = [
        Problem("except_on", "EXCEPT_NOT_IN_RULE", {"on": on.isoformat()})
        for on in schedule.except_on
        if not is_airing_date(schedule, on)
    ]
    moved = [move.on for move in schedule.moves]
    for move in schedule.moves:
        on = move.on.isoformat()
        found += problem_if(not is_airing_date(schedule, move.on), "moves", "MOVE_NOT_IN_RULE", on=on)
        found += problem_if(move.on in schedule.except_on, "moves", "MOVE_LEFT_OUT", on=on)
        found += problem_if(move.to.tzinfo is not None, "moves", "NOT_WALL_TIME", on=on)
    return found + [Problem("moves", "MOVE_TWICE", {"on": on.isoformat()}) for on in set(moved) if moved.count(on) > 1]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
