"""Opening of tickets: for faults and incidents, for citizens' feedback, or for an observation of a person."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.feedback.model import FeedbackId
from cms.areas.repository import Places
from cms.commands.service import batches
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.feedback.repository import FeedbackRegister
from cms.fleet.repository.devices import Devices
from cms.health.queries.faults import FaultLine, fault_line
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notices
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service.faults import add_faults
from devices.commands.model import Arguments, Batch, BatchId, CommandKind
from devices.health.incidents import Incident
from devices.model import DeviceId
from devices.tickets.lifecycle import stepped
from devices.tickets.model import EntryId, Origin, Ticket, TicketEntry, TicketId, TicketStep
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import ConflictError, InvalidError, NotFoundError, Problem, refuse, too_long
from province.events import Event
from province.people import Action, Actor

TEXT_MAX: Final = 2000
REASON: Final = "Thử tại cột, theo phiếu việc"


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """Input of a ticket: one of a fault, an incident, a device, or a place; and a text.

    ``feedback_id``: the citizen's feedback that it comes from.
    """

    text: str = ""
    device_id: DeviceId | None = None
    area_id: AreaId | None = None
    fault_id: str = ""
    incident_id: str = ""
    feedback_id: str = ""


def open_ticket(uow: UnitOfWork, ticket_id: TicketId, draft: TicketDraft, *, call: Call) -> Ticket:
    """Open a ticket, or add to the living one about the same subject. The same id again changes nothing.

    Raises:
        NotFoundError: no such fault, incident or feedback.
        NotAllowedError: the actor may ask for no work there.
        InvalidError: with all problems.
        ConflictError: another person's ticket has that id.
    """
    with uow:
        known = uow[TicketRecords].find(ticket_id)
        if known is not None:
            if known.opened_by != call.actor.user_id:
                raise ConflictError("ticket", ticket_id, 0, known.version)
            return known
        made = wanted(uow, ticket_id, draft, call.actor, call.now)
        call.require(Action.WORK_ASK, (made.area_id,), uow[Places].tree())
        living = uow[TicketRecords].living(made)
        found = (
            opened(uow, made) if living is None else _told(uow, told_of(uow, living, made, call.now), made, call.now)
        )
        uow.commit()
    return found


def opened(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """Store the ticket with its event; within a unit of work."""
    uow[TicketRecords].add(ticket)
    detail: dict[str, object] = {
        "area": ticket.area_id,
        "device": ticket.device_id or "",
        "fault": ticket.fault_kind or "",
        "incident": ticket.incident_id,
        "feedback": ticket.feedback_id,
    }
    uow.record(Event("ticket.opened", ticket.id, ticket.opened_at, ticket.opened_by, ticket.opened_by_name, detail))
    return ticket


def told_of(uow: UnitOfWork, living: Ticket, made: Ticket, now: datetime) -> Ticket:
    """Add the other ticket's fault to the living ticket; within a unit of work."""
    if not made.fault_id:
        return living
    return add_faults(uow, living, [uow[FaultRecords].fault(made.fault_id)], now)


def of_fault(line: FaultLine, *, ticket_id: TicketId, by: Actor, now: datetime) -> Ticket:
    """Make the ticket of a fault of one device."""
    fault = line.fault
    return Ticket(
        id=ticket_id,
        origin=Origin.FAULT,
        area_id=line.area_id,
        opened_at=now,
        opened_by=by.user_id,
        opened_by_name=by.name,
        device_id=fault.device_id,
        device_name=line.device_name,
        fault_kind=fault.kind,
        fault_id=fault.id,
        over_at=fault.closed_at,
    )


def of_incident(
    incident: Incident, areas: Collection[AreaId], tree: AreaTree, *, ticket_id: TicketId, by: Actor, now: datetime
) -> Ticket:
    """Make the ticket of many devices with one cause; ``areas``: those of its devices."""
    return Ticket(
        id=ticket_id,
        origin=Origin.FAULT,
        area_id=common_area(areas, tree),
        opened_at=now,
        opened_by=by.user_id,
        opened_by_name=by.name,
        incident_id=incident.id,
        over_at=incident.over_at,
    )


def common_area(areas: Collection[AreaId], tree: AreaTree) -> AreaId:
    """Return the smallest area that contains all of these; if there is none, the first one's largest."""
    first, *others = sorted(areas)
    chain = tree.chain(first)
    return next((each for each in chain if all(tree.is_within(other, each) for other in others)), chain[-1])


def wanted(uow: UnitOfWork, ticket_id: TicketId, draft: TicketDraft, by: Actor, now: datetime) -> Ticket:
    """Make the ticket as it would be opened; within a unit of work. Raises NotFoundError, InvalidError."""
    text = draft.text.strip()
    problems = too_long("text", text, TEXT_MAX)
    if draft.fault_id:
        made = of_fault(fault_line(uow.session, draft.fault_id), ticket_id=ticket_id, by=by, now=now)
    elif draft.incident_id:
        incident = uow[FaultRecords].incident(draft.incident_id)
        areas = uow[Notices].areas_of([incident.id]).get(incident.id, frozenset())
        if not areas:
            raise NotFoundError("incident", incident.id)
        made = of_incident(incident, areas, uow[Places].tree(), ticket_id=ticket_id, by=by, now=now)
    else:
        if not text:
            problems.insert(0, Problem("text", "MISSING"))
        made = _seen_by_a_person(uow, ticket_id, draft, by=by, now=now, problems=problems)
    refuse(problems)
    return replace(made, text=text)


def _seen_by_a_person(
    uow: UnitOfWork, ticket_id: TicketId, draft: TicketDraft, *, by: Actor, now: datetime, problems: list[Problem]
) -> Ticket:
    area_id, name = draft.area_id, ""
    if draft.device_id is not None:
        device = uow[Devices].get_many([draft.device_id]).get(draft.device_id)
        if device is None or device.retired_at is not None:
            problems.append(Problem("device", "DEVICE_UNKNOWN"))
        else:
            area_id, name = device.area_id, device.name
    elif area_id is None:
        problems.append(Problem("area", "MISSING"))
    elif area_id not in uow[Places].tree():
        problems.append(Problem("area", "AREA_UNKNOWN", {"area": area_id}))
    if problems or area_id is None:
        raise InvalidError(problems)
    if draft.feedback_id:
        uow[FeedbackRegister].get(FeedbackId(draft.feedback_id))
    return Ticket(
        id=ticket_id,
        origin=Origin.FEEDBACK if draft.feedback_id else Origin.PERSON,
        area_id=area_id,
        opened_at=now,
        opened_by=by.user_id,
        opened_by_name=by.name,
        device_id=draft.device_id,
        device_name=name,
        feedback_id=draft.feedback_id,
    )


def _told(uow: UnitOfWork, living: Ticket, made: Ticket, now: datetime) -> Ticket:
    """Add the new text to the living ticket; the note gets the id that the new ticket would have had."""
    entry_id = EntryId(made.id)
    if not (made.text or made.feedback_id) or uow[TicketRecords].entry(entry_id) is not None:
        return living
    entry = TicketEntry(
        id=entry_id,
        ticket_id=living.id,
        step=TicketStep.NOTE,
        at=now,
        done_at=now,
        by=made.opened_by,
        by_name=made.opened_by_name,
        text=made.text,
        feedback_id=made.feedback_id,
    )
    uow[TicketRecords].add_entry(entry)
    after = stepped(living, living.state, entry)
    uow[TicketRecords].save(after)
    uow.record(Event("ticket.noted", living.id, now, entry.by, entry.by_name))
    return after


def self_test(uow: UnitOfWork, ticket: Ticket, batch_id: BatchId, *, is_audible: bool, call: Call) -> Batch:
    """Ask for a self-test like any remote command: same rights, same care for airings. ``is_audible``: with a tone.

    Raises:
        NotAllowedError, ConflictError: as ``cms.commands.service.batches.ask``.
        InvalidError: the ticket is about no device, or its device cannot be tested now.
    """
    if ticket.device_id is None:
        raise InvalidError([Problem("devices", "NONE_CHOSEN")])
    wanted = Asking(
        CommandKind.SELFTEST, Arguments(is_audible=is_audible), DeviceSelection(device_ids=(ticket.device_id,)), REASON
    )
    return batches.ask(uow, batch_id, wanted, call=call)
