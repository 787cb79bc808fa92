"""Auto-resolve of tickets: marked as their faults and incidents end, and closed when these have been gone for long."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service.faults import SERVER, add_faults, mark
from cms.tickets.service.steps import write
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Incident
from devices.tickets.lifecycle import TRANSITIONS, stepped, with_faults
from devices.tickets.model import EntryId, TicketEntry, TicketStep
from province.state_machine import following


def settle(uow: UnitOfWork, faults: Sequence[Fault], incidents: Sequence[Incident], now: datetime) -> None:
    """Update the tickets of these faults and incidents, within the unit of work that has stored them.

    A kind of fault that returns under another id continues in the same ticket, with the same holder.
    """
    told = [each for each in faults if each.state is not FaultState.PENDING]
    for ticket, about in uow[TicketRecords].of_faults_at({each.device_id for each in told}):
        known, kinds = {each.id for each in about}, {each.kind for each in about}
        mine = [each for each in told if each.device_id == ticket.device_id and each.kind in kinds and each.is_open]
        again = [each for each in mine if each.id not in known]
        if again:
            add_faults(uow, ticket, again, now)
        else:
            mark(uow, ticket, with_faults(ticket, about), now)
    ends = {each.id: each.over_at for each in incidents}
    for ticket in uow[TicketRecords].of_incidents(incidents):
        mark(uow, ticket, replace(ticket, over_at=ends[ticket.incident_id]), now)


def resolve_gone(uow: UnitOfWork, new_id: Callable[[], str], now: datetime, limit: int) -> int:
    """Close tickets whose subject has been gone for long, with an entry; return how many; within a unit of work."""
    gone = uow[TicketRecords].to_resolve(now, limit)
    for ticket in gone:
        entry = TicketEntry(
            id=EntryId(new_id()),
            ticket_id=ticket.id,
            step=TicketStep.RESOLVE,
            at=now,
            done_at=ticket.over_at or now,
            by=SERVER.id,
            by_name=SERVER.name,
        )
        write(uow, stepped(ticket, following(TRANSITIONS, ticket.state, entry.step), entry), entry)
    return len(gone)
