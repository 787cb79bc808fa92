"""Which tickets a person may look at, and where their right to work on one is looked for."""

from __future__ import annotations

from cms.store.notices import SqlNotices
from cms.store.uow import SqlUnitOfWork
from devices.work.model import Ticket, TicketId, TicketStep
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action, Actor
from province.policy import may


def places_of(uow: SqlUnitOfWork, ticket: Ticket) -> frozenset[AreaId]:
    """Within a unit of work: where it is. That of an incident is wherever a device stands that is, or was, in it."""
    found = SqlNotices(uow.session).areas_of([ticket.incident_id]) if ticket.incident_id else {}
    return found.get(ticket.incident_id) or frozenset({ticket.area_id})


def needed_for(uow: SqlUnitOfWork, ticket: Ticket, step: TicketStep, actor: Actor) -> tuple[Action, list[AreaId]]:
    """Within a unit of work: the right that this step asks for, and where.

    Taking an incident on, and ending its ticket, speaks for all its places; what is known in one of them, whoever asks
    for work there may add.
    """
    places, tree = sorted(places_of(uow, ticket)), uow.places.tree()
    if step is not TicketStep.NOTE:
        return Action.DEVICE_MANAGE, places
    own = [each for each in places if may(actor, Action.WORK_ASK, each, tree)]
    return Action.WORK_ASK, own[:1] or places


def seen_ticket(uow: SqlUnitOfWork, ticket_id: str, actor: Actor) -> Ticket:
    """Within a unit of work. Raises NotFoundError where there is none that the actor may look at."""
    found = uow.tickets.get(TicketId(ticket_id))
    tree = uow.places.tree()
    if not any(may(actor, Action.DEVICE_READ, each, tree) for each in {found.area_id, *places_of(uow, found)}):
        raise NotFoundError("ticket", ticket_id)
    return found
