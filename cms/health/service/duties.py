"""People on call, and acknowledgement of faults and incidents."""

from typing import Final

from cms.areas.repository import Places
from cms.health.queries.faults import fault_line
from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.health.repository.notices import Notices
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.faults import acknowledge
from devices.health.notices import Duty, is_address
from devices.tickets.model import EntryId, Ticket, TicketId
from province.call import Call
from province.errors import InvalidError, NotFoundError, Problem, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, Actor

NAME_MAX: Final = 200
ADDRESS_MAX: Final = 500
NOTE_MAX: Final = 500


def add(uow: UnitOfWork, duty: Duty, *, call: Call) -> Duty:
    """Add a duty. The same id again changes nothing: a form may be sent twice.

    Raises:
        NotAllowedError: the actor manages no devices there.
        InvalidError: with all problems.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.DEVICE_MANAGE, [duty.area_id] if duty.area_id in tree else (), tree)
        refuse(_problems(duty, is_known=duty.area_id in tree))
        health = uow[FaultRecords]
        known = _held(health, duty.id)
        if known is not None:
            return known
        health.add_duty(duty)
        uow.record(call.event("duty.added", duty.id, area=duty.area_id, name=duty.name, line=duty.line))
        uow.commit()
    return duty


def remove(uow: UnitOfWork, duty_id: str, *, call: Call) -> Duty:
    """Remove a duty; its notices that are not sent yet are dropped.

    Raises:
        NotFoundError: no such duty.
        NotAllowedError: the actor manages no devices there.
    """
    with uow:
        health = uow[FaultRecords]
        found = get(uow, duty_id)
        call.require(Action.DEVICE_MANAGE, [found.area_id], uow[Places].tree())
        health.remove_duty(duty_id)
        uow.record(call.event("duty.removed", duty_id))
        uow.commit()
    return found


def get(uow: UnitOfWork, duty_id: str) -> Duty:
    """Return the duty, within a unit of work. Raises NotFoundError."""
    found = _held(uow[FaultRecords], duty_id)
    if found is None:
        raise NotFoundError("duty", duty_id)
    return found


def _held(health: FaultRecords, duty_id: str) -> Duty | None:
    return next((each for each in health.duties() if each.id == duty_id), None)


def _problems(duty: Duty, *, is_known: bool) -> list[Problem]:
    problems = too_long("name", duty.name, NAME_MAX) + too_long("address", duty.address, ADDRESS_MAX)
    problems += problem_if(not duty.name, "name", "MISSING")
    problems += problem_if(not is_address(duty.address), "address", "NO_ADDRESS" if duty.address else "MISSING")
    problems += problem_if(not is_known, "area", "MISSING")
    problems += problem_if(not duty.weekdays, "weekdays", "MISSING")
    return problems


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
        made = new_tickets.of_fault(line, ticket_id=TicketId(call.new_id()), by=call.actor, now=call.now)
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
        made = None
        if areas:
            ticket_id = TicketId(call.new_id())
            made = new_tickets.of_incident(incident, areas, tree, ticket_id=ticket_id, by=call.actor, now=call.now)
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
