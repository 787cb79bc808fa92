"""Marks: which exercises a person's acts have passed. Pure rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Final

from broadcast.alerts.model import AlertKind
from cms.training.model import Exercise, PracticeAct
from province.people import Role

AT: Final = time(17)
"""Time of the bulletin that is to be written: that of most communes' evening session."""
_OF_EVENT: Final[Mapping[str, Exercise]] = {
    "bulletin.submitted": Exercise.WRITE,
    "bulletin.approved": Exercise.APPROVE,
    "bulletin.returned": Exercise.RETURN,
    "handed_down.accepted": Exercise.ANSWER,
    "handed_down.declined": Exercise.ANSWER,
    "alert.approved": Exercise.APPROVE_DRILL,
    "alert.cancelled": Exercise.DRILL,
    "ticket.finished": Exercise.TICKET,
}
_BEFORE: Final = ("alert.submitted", "ticket.checked")
EVENTS: Final = (*_OF_EVENT, *_BEFORE)
"""Names of the events that marks are given for, and of those that have to come before."""
_OF_ROLE: Final[Mapping[Role, tuple[Exercise, ...]]] = {
    Role.COMMUNE_OPERATOR: (Exercise.WRITE, Exercise.ANSWER),
    Role.PROVINCE_EDITOR: (Exercise.WRITE,),
    Role.STATION: (Exercise.WRITE,),
    Role.APPROVER: (Exercise.APPROVE, Exercise.RETURN),
    Role.EMERGENCY_OFFICER: (Exercise.DRILL, Exercise.APPROVE_DRILL),
    Role.TECHNICIAN: (Exercise.TICKET,),
    Role.ADMIN: (),
    Role.AUDITOR: (),
}


def exercises_of(roles: Collection[Role]) -> Sequence[Exercise]:
    """Return the exercises of these roles, each once."""
    return tuple(dict.fromkeys(each for role in Role if role in roles for each in _OF_ROLE[role]))


def passed_at(acts: Iterable[PracticeAct], at_the_time: Collection[str]) -> Mapping[Exercise, datetime]:
    """Return when each exercise was passed first. ``acts``: of one person, oldest first.

    ``at_the_time``: ids of bulletins that air at the time of the exercise.
    """
    found: dict[Exercise, datetime] = {}
    done: dict[str, set[str]] = {}
    for act in acts:
        exercise = _passed_by(act, done.setdefault(act.subject_id, set()), at_the_time)
        done[act.subject_id].add(act.name)
        if exercise is not None:
            found.setdefault(exercise, act.at)
    return found


def _passed_by(act: PracticeAct, before: Collection[str], at_the_time: Collection[str]) -> Exercise | None:
    """Return what the act passes; ``before``: the person's earlier acts on the same subject."""
    is_drill = act.detail.get("kind") == AlertKind.DRILL
    holds = {
        Exercise.WRITE: act.subject_id in at_the_time,
        Exercise.RETURN: bool(act.detail.get("notes")),
        Exercise.APPROVE_DRILL: is_drill,
        Exercise.DRILL: is_drill and "alert.submitted" in before,
        Exercise.TICKET: "ticket.checked" in before,
    }
    exercise = _OF_EVENT.get(act.name)
    return exercise if exercise is not None and holds.get(exercise, True) else None
