"""Which tickets a person may look at."""

from __future__ import annotations

from broadcast.errors import NotFoundError
from broadcast.model.people import Action, Actor
from cms.accounts.policy import may
from cms.store.uow import SqlUnitOfWork
from devices.work.model import Ticket, TicketId


def seen_ticket(uow: SqlUnitOfWork, ticket_id: str, actor: Actor) -> Ticket:
    """Within a unit of work. Raises NotFoundError where there is none that the actor may look at."""
    found = uow.tickets.get(TicketId(ticket_id))
    if not may(actor, Action.DEVICE_READ, found.area_id, uow.places.tree()):
        raise NotFoundError("ticket", ticket_id)
    return found
