"""Read access to tickets, and the places in which a step on one needs a right."""

from cms.areas.repository import Places
from cms.health.repository.notices import Notices
from cms.platform.store.uow import UnitOfWork
from cms.tickets.repository import TicketRecords
from devices.tickets.model import Ticket, TicketId, TicketStep
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action, Actor
from province.policy import may


def places_of(uow: UnitOfWork, ticket: Ticket) -> frozenset[AreaId]:
    """Return the ticket's areas, an incident's being those of all its devices, past ones too; in a unit of work."""
    found = uow[Notices].areas_of([ticket.incident_id]) if ticket.incident_id else {}
    return found.get(ticket.incident_id) or frozenset({ticket.area_id})


def needed_for(uow: UnitOfWork, ticket: Ticket, step: TicketStep, actor: Actor) -> tuple[Action, list[AreaId]]:
    """Return the right that this step needs, and where; within a unit of work.

    Taking an incident on, or ending its ticket, needs the right in all its areas; a note needs the right to ask for
    work in one of them.
    """
    places, tree = sorted(places_of(uow, ticket)), uow[Places].tree()
    if step is not TicketStep.NOTE:
        return Action.DEVICE_MANAGE, places
    own = [each for each in places if may(actor, Action.WORK_ASK, each, tree)]
    return Action.WORK_ASK, own[:1] or places


def seen_ticket(uow: UnitOfWork, ticket_id: str, actor: Actor) -> Ticket:
    """Return the ticket, within a unit of work. Raises NotFoundError if the actor may not read it."""
    found = uow[TicketRecords].get(TicketId(ticket_id))
    tree = uow[Places].tree()
    if not any(may(actor, Action.DEVICE_READ, each, tree) for each in {found.area_id, *places_of(uow, found)}):
        raise NotFoundError("ticket", ticket_id)
    return found
