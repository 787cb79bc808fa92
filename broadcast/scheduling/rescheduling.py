"""Rescheduling: edits of a planned bulletin in the calendar, and their result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from broadcast.bulletins.model import Bulletin, Targets
from broadcast.bulletins.priority import CLASSES, PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.recurrence import all_problems
from broadcast.scheduling.recurrence.moves import free_id, left_out, moved_from, moved_once
from broadcast.scheduling.recurrence.occurrences import ScheduleStart, airings
from province.areas import AreaId
from province.errors import InvalidError, Problem, problem_if, refuse

SCHEDULES_MAX = 20
_DAY = timedelta(days=1)
Close = Callable[[Schedule], Schedule]


class MoveScope(StrEnum):
    """Extent of a move within a rule."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Shift:
    """Move of the occurrence of one rule and original date to the wall time ``to``; with ``scope`` also of others."""

    schedule_id: str
    on: date
    to: datetime
    scope: MoveScope = MoveScope.THIS


@dataclass(frozen=True, slots=True)
class MoveEdit:
    """A move, and concessions made for it: original dates of rules, areas, or the class it had.

    ``split`` are areas left to a second bulletin of the same content, for which the move goes to ``split_to``.
    ``length_ms``: the greatest length of every airing of its recording, with the sounds around it.
    """

    shift: Shift | None = None
    leave_out: tuple[tuple[str, date], ...] = ()
    exclude: tuple[AreaId, ...] = ()
    raise_class: bool = False
    split: tuple[AreaId, ...] = ()
    split_to: datetime | None = None
    length_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """Subject of an approval, besides the content."""

    schedules: tuple[Schedule, ...]
    priority: PriorityClass
    targets: Targets


def promise_of(bulletin: Bulletin) -> Promise:
    return Promise(bulletin.schedules, bulletin.priority, bulletin.targets)


def edited(promise: Promise, edit: MoveEdit, now: datetime, close: Close = lambda schedule: schedule) -> Promise:
    """Return the promise after the edit. Airings that began before ``now`` stay as they are.

    ``close`` recomputes the days on which a changed rule is silent.

    Raises:
        InvalidError: with everything wrong with the edit.
    """
    schedules = promise.schedules if edit.shift is None else shifted(promise.schedules, edit.shift, now)
    schedules = tuple(each if each in promise.schedules else close(each) for each in schedules)
    for schedule_id in dict.fromkeys(name for name, _ in edit.leave_out):
        dates = [on for name, on in edit.leave_out if name == schedule_id]
        kept = (left_out(each, dates) if each.id == schedule_id else each for each in schedules)
        schedules = tuple(each for each in kept if each is not None)
    problems = list(all_problems(schedules))
    problems += problem_if(not schedules, "schedules", "NOTHING_LEFT_TO_AIR")
    problems += problem_if(len(schedules) > SCHEDULES_MAX, "schedules", "TOO_MANY", max=SCHEDULES_MAX)
    refuse(problems)
    out = dict.fromkeys((*edit.exclude, *edit.split))
    exclude = (*promise.targets.exclude, *(a for a in out if a not in promise.targets.exclude))
    return Promise(
        schedules,
        (CLASSES[promise.priority].raised_to if edit.raise_class else None) or promise.priority,
        replace(promise.targets, exclude=exclude),
    )


def shifted(schedules: Sequence[Schedule], shift: Shift, now: datetime) -> tuple[Schedule, ...]:
    """Return the rules after a move; the others are untouched.

    Raises:
        InvalidError: there is no such airing, it has begun, a broadcast session places it, the new time has passed, or
            no rule can hold it.
    """
    schedule = next((each for each in schedules if each.id == shift.schedule_id), None)
    airing = None if schedule is None else occurrence(schedule, shift.on)
    if schedule is None or airing is None:
        raise InvalidError([Problem("on", "OCCURRENCE_UNKNOWN")])
    if airing.start_at <= now:
        raise InvalidError([Problem("on", "ALREADY_BEGUN")])
    if schedule.session:
        raise InvalidError([Problem("on", "PLACED_BY_SESSION")])
    if shift.to.replace(tzinfo=ZoneInfo(schedule.zone)) <= now:
        raise InvalidError([Problem("to", "IN_THE_PAST")])
    return tuple(
        new for each in schedules for new in (_parts(schedules, each, shift, now) if each is schedule else [each])
    )


def occurrence(schedule: Schedule, on: date) -> ScheduleStart | None:
    """Return the airing of one original date, wherever it was moved to."""
    moved = next((move.to for move in schedule.moves if move.on == on), None)
    wall = moved or datetime.combine(on, schedule.starts.time())
    start_at = wall.replace(tzinfo=ZoneInfo(schedule.zone))
    return next((a for a in airings(schedule, start_at, start_at + timedelta(seconds=1)) if a.original_on == on), None)


def _parts(schedules: Sequence[Schedule], schedule: Schedule, shift: Shift, now: datetime) -> tuple[Schedule, ...]:
    if shift.scope is MoveScope.THIS:
        return (moved_once(schedule, shift.on, shift.to),)
    since_on = shift.on if shift.scope is MoveScope.FOLLOWING else _first_ahead(schedule, shift.on, now)
    return moved_from(schedule, shift.on, shift.to, free_id(schedules), since_on)


def _first_ahead(schedule: Schedule, on: date, now: datetime) -> date:
    """Return the rule's first date whose own time has not come: past airings are not planned again."""
    found = airings(
        replace(schedule, moves=(), except_on=(), closed_on=()), now + timedelta(microseconds=1), now + 400 * _DAY
    )
    return min(on, found[0].original_on) if found else on
