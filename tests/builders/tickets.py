"""Tickets in Mũi Né, opened by the technician, for tests of screens, permissions and API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.new_tickets import TicketDraft
from cms.tickets.service.steps import Act
from devices.tickets.model import EntryId, Ticket, TicketId, TicketStep
from tests.builders import faults
from tests.console import COMMUNE, Console


def ticket(console: Console, *, by: str = "technician", text: str = "Loa rè khi trời mưa", **about: object) -> Ticket:
    """Open a new ticket, about the commune unless another subject is named."""
    context = console.context
    return new_tickets.open_ticket(
        context.uow(),
        TicketId(context.new_id()),
        replace(TicketDraft(text), **(about or {"area_id": COMMUNE})),  # type: ignore[arg-type] # fields of a draft
        call=context.call(console.actor(by), console.clock()),
    )


def of_fault(console: Console) -> Ticket:
    """Open a ticket for a fault that the server found on the first device."""
    return ticket(console, text="", fault_id=faults.fault(console).id)


def step(
    console: Console, found: Ticket, step: TicketStep, *, by: str = "technician", key: str = "", **more: object
) -> Ticket:
    context = console.context
    return steps.step(
        context.uow(),
        found.id,
        EntryId(key or context.new_id()),
        replace(Act(step), **more),  # type: ignore[arg-type] # fields of an act
        call=context.call(console.actor(by), console.clock()),
    )


def photographed(console: Console) -> str:
    """Return the path below ``/tickets`` of a ticket's photograph."""
    found = ticket(console)
    sha256 = console.context.content.put_bytes(b"\x89PNG\r\n\x1a\n...")
    key = console.context.new_id()
    step(console, found, TicketStep.NOTE, key=key, photo_sha256=sha256)
    return f"{found.id}/photos/{key}"


def stored(console: Console, found: Ticket) -> Ticket:
    with console.context.uow() as uow:
        return uow[TicketRecords].get(found.id)


def mark_over(uow: UnitOfWork, found: Ticket, at: datetime) -> None:
    """Mark the ticket as the server does where the fault has ended."""
    uow[TicketRecords].save(replace(found, over_at=at, version=found.version + 1))
