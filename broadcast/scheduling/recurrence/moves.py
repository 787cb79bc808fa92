"""Moves of occurrences: this one, this and following, all. RFC 5545 in terms of dates; reads no clock.

An occurrence is named by its rule and its original local date, wherever it was moved to.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import takewhile

from broadcast.bulletins.schedules import Move, Schedule
from broadcast.scheduling.recurrence.monthly import WEEKDAYS
from broadcast.scheduling.recurrence.occurrences import is_airing_date
from broadcast.scheduling.recurrence.rule import DateRule, dates_of
from province.errors import InvalidError, Problem

_DAY = timedelta(days=1)


def moved_once(schedule: Schedule, on: date, to: datetime) -> Schedule:
    """Move one occurrence to another wall time, as a move of the rule; back to its own time removes the move."""
    if not schedule.rrule:
        return replace(schedule, starts=to, except_on=(), moves=(), closed_on=())
    moves = [move for move in schedule.moves if move.on != on]
    if to != datetime.combine(on, schedule.starts.time()):
        moves.append(Move(on, to))
    moves.sort(key=lambda move: move.on)
    return replace(schedule, moves=tuple(moves), except_on=tuple(day for day in schedule.except_on if day != on))


def left_out(schedule: Schedule, dates: Iterable[date]) -> Schedule | None:
    """Leave out the occurrences of these dates; None where it was to happen once only."""
    out = set(dates)
    if not schedule.rrule:
        return None if schedule.starts.date() in out else schedule
    mine = {on for on in out if is_airing_date(schedule, on)}
    return replace(
        schedule,
        except_on=tuple(sorted({*schedule.except_on, *mine})),
        moves=tuple(move for move in schedule.moves if move.on not in mine),
    )


def moved_from(
    schedule: Schedule, on: date, to: datetime, new_id: str, since_on: date | None = None
) -> tuple[Schedule, ...]:
    """Move the occurrence of ``on`` to ``to``, and with it all from ``since_on`` (else ``on``).

    They move by as many days, to that time of day. Earlier dates keep the old id, the moved ones go under ``new_id``; a
    rule of which nothing lies before keeps its id. Dates left out move along. Occurrences moved by hand stay where they
    were put. The closed dates have to be worked out again for what was moved.

    Raises:
        InvalidError: MOVE_SPLITS_WEEKS: days of one week would come to lie in two, every few weeks. No rule says that.
            MOVE_MONTHLY: a monthly rule has no shift by days.
    """
    if not schedule.rrule:
        return (moved_once(schedule, on, to),)
    since_on = since_on or on
    rule = dates_of(schedule.rrule, schedule.starts, schedule.zone)
    if not isinstance(rule, DateRule):
        raise InvalidError([Problem("scope", "MOVE_MONTHLY")])
    before = sum(1 for _ in takewhile(lambda day: day < since_on, rule.from_date(rule.first_on)))
    own = replace(schedule, moves=tuple(move for move in schedule.moves if move.on != on))
    tail = _shifted(own, rule, since_on, to.date() - on, before)
    tail = replace(tail, starts=datetime.combine(tail.starts.date(), to.time()))
    return (_head(own, since_on), replace(tail, id=new_id)) if before else (tail,)


def free_id(schedules: Iterable[Schedule]) -> str:
    """Return an unused id for one more rule of the same bulletin."""
    taken = {schedule.id for schedule in schedules}
    return next(name for name in map(str, range(1, len(taken) + 2)) if name not in taken)


def _head(schedule: Schedule, on: date) -> Schedule:
    return replace(
        schedule,
        rrule=_text({**_parts(schedule), "COUNT": "", "UNTIL": f"{on - _DAY:%Y%m%d}"}),
        except_on=tuple(day for day in schedule.except_on if day < on),
        moves=tuple(move for move in schedule.moves if move.on < on),
        closed_on=tuple(day for day in schedule.closed_on if day < on),
    )


def _shifted(schedule: Schedule, rule: DateRule, since_on: date, by: timedelta, before: int) -> Schedule:
    """Shift the rule by some days, from ``since_on`` on, one of its dates with so many ``before`` it."""
    parts = _parts(schedule)
    if "BYDAY" in parts:
        if parts["FREQ"] == "WEEKLY" and int(parts.get("INTERVAL", "1")) > 1:
            _refuse_split(parts["BYDAY"].split(","), by)
        parts["BYDAY"] = ",".join(sorted((_day(day, by) for day in parts["BYDAY"].split(",")), key=WEEKDAYS.index))
    if rule.count is not None:
        parts["COUNT"] = str(rule.count - before)
    if rule.last_on is not None:
        # A date and no time: until the end of that day, whatever the new time of day.
        parts["UNTIL"] = f"{rule.last_on + by:%Y%m%d}"
    return replace(
        schedule,
        starts=datetime.combine(since_on + by, schedule.starts.time()),
        rrule=_text(parts),
        except_on=tuple(day + by for day in schedule.except_on if day >= since_on),
        moves=tuple(Move(move.on + by, move.to) for move in schedule.moves if move.on >= since_on),
        closed_on=(),
    )


def _refuse_split(days: list[str], by: timedelta) -> None:
    weeks = {(WEEKDAYS.index(day) + by.days) // 7 for day in days}
    if len(weeks) > 1:
        raise InvalidError([Problem("to", "MOVE_SPLITS_WEEKS")])


def _day(name: str, by: timedelta) -> str:
    return WEEKDAYS[(WEEKDAYS.index(name) + by.days) % 7]


def _parts(schedule: Schedule) -> dict[str, str]:
    return dict(part.split("=", 1) for part in schedule.rrule.upper().split(";"))


def _text(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items() if value)
