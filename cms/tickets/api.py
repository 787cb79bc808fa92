"""Tickets for work on devices: list, opening, and steps of each."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Literal

from flask import Response
from pydantic import AwareDatetime, BaseModel, Field

from cms.areas.repository import Places
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Id, Instant, Output, Strict, fields_of
from cms.platform.store.uow import UnitOfWork
from cms.tickets.queries import ended_tickets, living_tickets
from cms.tickets.repository import TicketRecords
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.new_tickets import TEXT_MAX, TicketDraft
from cms.tickets.service.steps import Act
from devices.health.kinds import FaultKind
from devices.tickets.model import Check, EntryId, Ticket, TicketEntry, TicketId, TicketStep
from province.errors import InvalidError, Problem

SHA256 = r"^[0-9a-f]{64}$"


class TicketPath(BaseModel):
    ticket_id: str = Field(max_length=80)


class TicketsQuery(BaseModel):
    area: str = Field(default="", max_length=80, description="Only in this area or below it")
    state: Literal["living", "ended"] = "living"
    limit: int = Field(default=200, ge=1, le=1_000)


class TicketBody(Strict):
    """About one of a fault, an incident, a device, or an area."""

    text: str = Field(default="", max_length=TEXT_MAX)
    device_id: Id | None = None
    area_id: Id | None = None
    fault_id: str = Field(default="", max_length=40)
    incident_id: str = Field(default="", max_length=40)
    feedback_id: str = Field(default="", max_length=40)


class TicketStepBody(Strict):
    """``check`` and ``is_good`` belong to check; ``photo_sha256`` names a picture sent with POST /board-pictures."""

    step: TicketStep
    text: str = Field(default="", max_length=TEXT_MAX)
    photo_sha256: str = Field(default="", pattern=f"^$|{SHA256}")
    check: Check | None = None
    is_good: bool | None = None
    done_at: Instant | None = Field(default=None, description="When it was done; null: now")


@fields_of(Ticket, hidden=("opened_by", "holder", "version"))
class TicketOut(Output):
    """``over_at``: since when its faults or incident are over by themselves.

    Half an hour later the server closes it, a day later where somebody has it. ``fault_kind`` and ``fault_id``: of all
    that is wrong with the device what has to be put right first.
    """


class TicketLineOut(TicketOut):
    """``point`` is where its device stands."""

    point: dict[str, float] | None = None


@fields_of(TicketEntry, hidden=("ticket_id", "by"))
class TicketEntryOut(Output): ...


class TicketFaultOut(Output):
    """Fault behind the ticket; ``closed_at`` null: it is still open."""

    id: str
    kind: FaultKind
    since_at: AwareDatetime
    closed_at: AwareDatetime | None


class WholeTicketOut(TicketOut):
    """``faults``: of a device's ticket all that the server found wrong, earliest first."""

    entries: list[TicketEntryOut] = []  # noqa: RUF012 - pydantic copies it
    faults: list[TicketFaultOut] = []  # noqa: RUF012 - pydantic copies it


@routes.get("/tickets", summary="Tickets where you read devices, oldest first", responses={200: Lines[TicketLineOut]})
def list_tickets(query: TicketsQuery) -> Response:
    with caller.context().uow.reading() as uow:
        areas = caller.device_areas(uow[Places].tree(), query.area)
        read = living_tickets if query.state == "living" else ended_tickets
        found = read(uow.session, areas, query.limit)
    lines = [TicketLineOut.of(each.ticket, point=each.point and asdict(each.point)) for each in found]
    return answer(Lines[TicketLineOut](items=lines))


@routes.post(
    "/tickets", summary="Open a ticket, or tell the living one about the same thing", responses={201: TicketOut}
)
def open_ticket(body: TicketBody) -> Response:
    context = caller.context()
    ticket_id = TicketId(context.new_id())
    draft = body.build(TicketDraft)
    by, now = caller.actor(), context.now()
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: new_tickets.open_ticket(uow, ticket_id, draft, call=caller.call()),
        lambda uow: (
            uow[TicketRecords].find(ticket_id) or _living(uow, new_tickets.wanted(uow, ticket_id, draft, by, now))
        ),
        idempotency.saying(TicketOut),
    )


@routes.get("/tickets/<ticket_id>", summary="One ticket with what was done of it", responses={200: WholeTicketOut})
def get_ticket(path: TicketPath) -> Response:
    with caller.context().uow.reading() as uow:
        found = steps.seen_ticket(uow, path.ticket_id, caller.actor())
        entries = uow[TicketRecords].entries(found.id)
        about = uow[TicketRecords].faults_of([found.id]).get(found.id, ())
    return answer(WholeTicketOut.of(found, entries=entries, faults=about))


@routes.post("/tickets/<ticket_id>/steps", summary="Take, note, check, finish, ...", responses={200: TicketOut})
def step_ticket(path: TicketPath, body: TicketStepBody) -> Response:
    context = caller.context()
    if body.photo_sha256 and not context.holds_picture(body.photo_sha256):
        raise InvalidError([Problem("photo_sha256", "NO_PICTURE")])
    ticket_id, entry_id = TicketId(path.ticket_id), EntryId(context.new_id())
    act = body.build(Act)
    return idempotency.once_said(
        HTTPStatus.OK,
        lambda uow: steps.step(uow, ticket_id, entry_id, act, call=caller.call()),
        lambda uow: uow[TicketRecords].get(ticket_id),
        idempotency.saying(TicketOut),
    )


def _living(uow: UnitOfWork, wanted: Ticket) -> Ticket:
    found = uow[TicketRecords].living(wanted)
    assert found is not None
    return found
