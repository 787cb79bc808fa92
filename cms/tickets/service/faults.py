"""Faults of a ticket: added, updated, and acknowledged by its holder."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from devices.health.faults import Fault
from devices.tickets.lifecycle import with_faults
from devices.tickets.model import Ticket, TicketEntry
from province.events import Event
from province.people import program

SERVER: Final = program("health")
"""Actor of what the server does with tickets by itself."""


def add_faults(uow: UnitOfWork, ticket: Ticket, faults: Sequence[Fault], now: datetime) -> Ticket:
    """Add these faults to a living ticket, acknowledged by its holder; within a unit of work."""
    about = uow[TicketRecords].faults_of([ticket.id]).get(ticket.id, ())
    known = {each.id for each in about}
    fresh = [each for each in faults if each.id not in known]
    for each in fresh:
        uow[TicketRecords].add_fault(ticket.id, each.id)
        uow.record(Event.of(SERVER, "ticket.fault_added", ticket.id, now, fault=each.kind))
    after = mark(uow, ticket, with_faults(ticket, [*about, *fresh]), now)
    if after.holder and any(each.is_open for each in fresh):
        acknowledge(uow, after, now)
    return after


def mark(uow: UnitOfWork, before: Ticket, after: Ticket, now: datetime) -> Ticket:
    """Store the ticket if it has changed; a returned fault stays with its holder. Within a unit of work."""
    if before == after:
        return before
    saved = replace(after, version=before.version + 1)
    uow[TicketRecords].save(saved)
    if (before.over_at is None) != (after.over_at is None):
        name = "ticket.fault_returned" if after.over_at is None else "ticket.fault_ended"
        uow.record(Event.of(SERVER, name, after.id, now))
    if saved.holder and before.over_at is not None and saved.over_at is None:
        acknowledge(uow, saved, now)
    return saved


def acknowledge(uow: UnitOfWork, ticket: Ticket, now: datetime) -> None:
    """Acknowledge the ticket's faults or incident for its holder: no further notices; within a unit of work."""
    kind, subjects = _subjects(uow, ticket, going=True)
    known = uow[FaultRecords].acknowledgements(subjects)
    for subject in subjects:
        if subject in known and known[subject].by == ticket.holder:
            continue
        taken = Acknowledgement(subject, now, ticket.holder, ticket.holder_name, "")
        uow[FaultRecords].acknowledge(taken)
        uow.record(Event(f"{kind}.acknowledged", subject, now, taken.by, taken.by_name, {"reason": ""}))


def forget(uow: UnitOfWork, ticket: Ticket, entry: TicketEntry) -> None:
    """Remove the acknowledgements of a ticket given back: others are notified again; within a unit of work."""
    kind, subjects = _subjects(uow, ticket, going=False)
    for subject in subjects:
        uow[FaultRecords].forget(subject)
        uow.record(Event(f"{kind}.released", subject, entry.at, entry.by, entry.by_name, {"reason": entry.text}))


def _subjects(uow: UnitOfWork, ticket: Ticket, *, going: bool) -> tuple[str, list[str]]:
    """Return "incident" or "fault" and the ids of the ticket; ``going``: only open faults."""
    if ticket.incident_id:
        return "incident", [ticket.incident_id]
    about = uow[TicketRecords].faults_of([ticket.id]).get(ticket.id, ())
    return "fault", [each.id for each in about if each.is_open or not going]
