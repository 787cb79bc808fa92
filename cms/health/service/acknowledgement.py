"""Acknowledgement of a fault or an incident: no further escalation, and everybody sees who has it.

The person also takes its ticket, which is opened if there is none.
"""

from typing import Final

from cms.areas.repository import Places
from cms.health.queries.faults import fault_line
from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.health.repository.notices import Notices
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.faults import Opener, acknowledge
from devices.tickets.model import EntryId, Ticket, TicketId
from province.call import Call
from province.errors import InvalidError, Problem
from province.events import Event
from province.people import Action, Actor

NOTE_MAX: Final = 500


def acknowledge_fault(uow: UnitOfWork, fault_id: str, *, note: str, call: Call) -> Acknowledgement:
    """Acknowledge a fault; for people who manage the devices there.

    Raises:
        NotFoundError: no such fault.
        NotAllowedError: not in its area.
        InvalidError: the note is too long.
    """
    with uow:
        line = fault_line(uow.session, fault_id)
        call.require(Action.DEVICE_MANAGE, (line.area_id,), uow[Places].tree())
        taken = _taken(fault_id, note, call)
        made = new_tickets.of_fault(
            line, ticket_id=TicketId(call.new_id()), by=Opener(call.actor.user_id, call.actor.name), now=call.now
        )
        return _take(uow, "fault", taken, made, actor=call.actor, entry_id=EntryId(call.new_id()))


def acknowledge_incident(uow: UnitOfWork, incident_id: str, *, note: str, call: Call) -> Acknowledgement:
    """Acknowledge an incident; for people who manage the devices in all its areas. It is escalated no further.

    Raises:
        NotFoundError: no such incident.
        NotAllowedError: not in all its areas.
        InvalidError: the note is too long.
    """
    with uow:
        incident = uow[FaultRecords].incident(incident_id)
        tree = uow[Places].tree()
        areas = uow[Notices].areas_of([incident_id]).get(incident_id, frozenset())
        call.require(Action.DEVICE_MANAGE, tuple(sorted(areas)), tree)
        taken = _taken(incident_id, note, call)
        by = Opener(call.actor.user_id, call.actor.name)
        made = (
            new_tickets.of_incident(incident, areas, tree, ticket_id=TicketId(call.new_id()), by=by, now=call.now)
            if areas
            else None
        )
        return _take(uow, "incident", taken, made, actor=call.actor, entry_id=EntryId(call.new_id()))


def _taken(subject_id: str, note: str, call: Call) -> Acknowledgement:
    said = note.strip()
    if len(said) > NOTE_MAX:
        raise InvalidError([Problem("note", "TOO_LONG", {"length": len(said), "max": NOTE_MAX})])
    return Acknowledgement(subject_id, call.now, call.actor.user_id, call.actor.name, said)


def _take(
    uow: UnitOfWork, kind: str, taken: Acknowledgement, made: Ticket | None, *, actor: Actor, entry_id: EntryId
) -> Acknowledgement:
    uow[FaultRecords].acknowledge(taken)
    detail: dict[str, object] = {"reason": taken.note}
    uow.record(Event(f"{kind}.acknowledged", taken.subject_id, taken.at, taken.by, taken.by_name, detail))
    # An ended fault needs no ticket.
    if made is not None and made.over_at is None:
        living = uow[TicketRecords].living(made)
        ticket = new_tickets.opened(uow, made) if living is None else new_tickets.told_of(uow, living, made, taken.at)
        acknowledge(uow, steps.take_for(uow, ticket, entry_id, actor=actor, note=taken.note, now=taken.at), taken.at)
    uow.commit()
    return taken
