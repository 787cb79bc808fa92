"""Tickets for work on devices: list, opening, and steps of each."""

from datetime import UTC
from http import HTTPStatus
from typing import Literal

from flask import Response
from pydantic import AwareDatetime, BaseModel, Field

from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from cms.platform.store.uow import UnitOfWork
from cms.tickets.queries import TicketLine, ended_tickets, living_tickets
from cms.tickets.repository import TicketRecords
from cms.tickets.service import new_tickets, steps
from cms.tickets.service.new_tickets import TEXT_MAX, TicketDraft
from cms.tickets.service.steps import Act
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.tickets.model import Check, EntryId, Origin, Ticket, TicketId, TicketState, TicketStep
from province.areas import AreaId
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
    done_at: AwareDatetime | None = Field(default=None, description="When it was done; null: now")


class TicketOut(Output):
    """``over_at``: since when its faults or incident are over by themselves.

    Half an hour later the server closes it, a day later where somebody has it. ``fault_kind`` and ``fault_id``: of all
    that is wrong with the device what has to be put right first.
    """

    id: str
    origin: Origin
    area_id: str
    device_id: str | None
    device_name: str
    fault_kind: FaultKind | None
    fault_id: str
    incident_id: str
    feedback_id: str
    text: str
    state: TicketState
    opened_at: AwareDatetime
    opened_by_name: str
    holder_name: str
    held_since_at: AwareDatetime | None
    over_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    ended_by_name: str


class TicketLineOut(TicketOut):
    """``point`` is where its device stands."""

    point: dict[str, float] | None = None


class TicketEntryOut(Output):
    id: str
    step: TicketStep
    at: AwareDatetime
    done_at: AwareDatetime
    by_name: str
    text: str
    photo_sha256: str
    check: Check | None
    is_good: bool | None
    feedback_id: str


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


class Tickets(BaseModel):
    items: list[TicketLineOut]


@routes.get("/tickets", summary="Tickets where you read devices, oldest first", responses={200: Tickets})
def list_tickets(query: TicketsQuery) -> Response:
    with caller.context().uow.reading() as uow:
        areas = caller.device_areas(uow[Places].tree(), query.area)
        read = living_tickets if query.state == "living" else ended_tickets
        found = read(uow.session, areas, query.limit)
    return answer(Tickets(items=[_line(each) for each in found]))


@routes.post(
    "/tickets", summary="Open a ticket, or tell the living one about the same thing", responses={201: TicketOut}
)
def open_ticket(body: TicketBody) -> Response:
    context = caller.context()
    ticket_id = TicketId(context.new_id())
    draft = TicketDraft(
        body.text,
        None if body.device_id is None else DeviceId(body.device_id),
        None if body.area_id is None else AreaId(body.area_id),
        body.fault_id,
        body.incident_id,
        body.feedback_id,
    )
    by, now = caller.actor(), context.now()
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: new_tickets.open_ticket(uow, ticket_id, draft, call=caller.call()),
        lambda uow: (
            uow[TicketRecords].find(ticket_id) or _living(uow, new_tickets.wanted(uow, ticket_id, draft, by, now))
        ),
        _said,
    )


@routes.get("/tickets/<ticket_id>", summary="One ticket with what was done of it", responses={200: WholeTicketOut})
def get_ticket(path: TicketPath) -> Response:
    with caller.context().uow.reading() as uow:
        found = steps.seen_ticket(uow, path.ticket_id, caller.actor())
        entries = uow[TicketRecords].entries(found.id)
        about = uow[TicketRecords].faults_of([found.id]).get(found.id, ())
    faults = [TicketFaultOut.model_validate(each) for each in about]
    done = [TicketEntryOut.model_validate(each) for each in entries]
    return answer(WholeTicketOut(**TicketOut.model_validate(found).model_dump(), entries=done, faults=faults))


@routes.post("/tickets/<ticket_id>/steps", summary="Take, note, check, finish, ...", responses={200: TicketOut})
def step_ticket(path: TicketPath, body: TicketStepBody) -> Response:
    context = caller.context()
    if body.photo_sha256 and not context.holds_picture(body.photo_sha256):
        raise InvalidError([Problem("photo_sha256", "NO_PICTURE")])
    ticket_id, entry_id = TicketId(path.ticket_id), EntryId(context.new_id())
    act = Act(
        body.step,
        body.text,
        body.photo_sha256,
        body.check,
        body.is_good,
        None if body.done_at is None else body.done_at.astimezone(UTC),
    )
    return idempotency.once_said(
        HTTPStatus.OK,
        lambda uow: steps.step(uow, ticket_id, entry_id, act, call=caller.call()),
        lambda uow: uow[TicketRecords].get(ticket_id),
        _said,
    )


def _living(uow: UnitOfWork, wanted: Ticket) -> Ticket:
    found = uow[TicketRecords].living(wanted)
    assert found is not None
    return found


def _line(line: TicketLine) -> TicketLineOut:
    point = None if line.point is None else {"lat": line.point.lat, "lon": line.point.lon}
    return TicketLineOut(**TicketOut.model_validate(line.ticket).model_dump(), point=point)


def _said(ticket: Ticket) -> SubjectAnswer:
    return SubjectAnswer(TicketOut.model_validate(ticket).model_dump_json(), f'"{ticket.version}"')
