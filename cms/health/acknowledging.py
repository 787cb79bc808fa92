"""Somebody takes a fault or an incident on: nobody else is called for it, and everybody sees who has it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from broadcast.errors import InvalidError, Problem
from broadcast.events import Event
from broadcast.model.people import Action, Actor
from broadcast.ports import Authority
from cms.store.health import Acknowledgement, SqlHealth
from cms.store.notices import SqlNotices
from cms.store.queries.faults import fault_line
from cms.store.uow import SqlUnitOfWork

NOTE_MAX: Final = 500


def acknowledge_fault(
    uow: SqlUnitOfWork, fault_id: str, *, note: str, actor: Actor, authority: Authority, now: datetime
) -> Acknowledgement:
    """For whoever looks after the devices where it is.

    Raises:
        NotFoundError: no such fault.
        NotAllowedError: not there.
        InvalidError: the note is too long.
    """
    with uow:
        line = fault_line(uow.session, fault_id)
        authority.require(actor, Action.DEVICE_MANAGE, (line.area_id,), uow.places.tree())
        return _take(uow, "fault", _taken(fault_id, note, actor, now))


def acknowledge_incident(
    uow: SqlUnitOfWork, incident_id: str, *, note: str, actor: Actor, authority: Authority, now: datetime
) -> Acknowledgement:
    """For whoever looks after the devices everywhere it reaches: it is escalated to nobody any more.

    Raises:
        NotFoundError: no such incident.
        NotAllowedError: not everywhere.
        InvalidError: the note is too long.
    """
    with uow:
        SqlHealth(uow.session).incident(incident_id)
        areas = SqlNotices(uow.session).areas_of([incident_id]).get(incident_id, frozenset())
        authority.require(actor, Action.DEVICE_MANAGE, tuple(sorted(areas)), uow.places.tree())
        return _take(uow, "incident", _taken(incident_id, note, actor, now))


def _taken(subject_id: str, note: str, actor: Actor, now: datetime) -> Acknowledgement:
    said = note.strip()
    if len(said) > NOTE_MAX:
        raise InvalidError([Problem("note", "TOO_LONG", {"length": len(said), "max": NOTE_MAX})])
    return Acknowledgement(subject_id, now, actor.user_id, actor.name, said)


def _take(uow: SqlUnitOfWork, kind: str, taken: Acknowledgement) -> Acknowledgement:
    SqlHealth(uow.session).acknowledge(taken)
    detail: dict[str, object] = {"reason": taken.note}
    uow.record(Event(f"{kind}.acknowledged", taken.subject_id, taken.at, taken.by, taken.by_name, detail))
    uow.commit()
    return taken
