"""Inboxes of communes: items handed down, the communes' answers, and their return to the sender."""

from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinStatus
from broadcast.inbox.model import First, HandedDown, HandedDownId, InboxRules
from cms.areas.api.areas import AreaPath
from cms.areas.repository import Places
from cms.bulletins.api import bulletins as bulletin_bodies
from cms.bulletins.api.bulletins import BulletinPath, readable
from cms.bulletins.api.schemas import BulletinOut, FillBody
from cms.inbox.queries import inbox_list, receipts
from cms.inbox.service import answers
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, One, answer
from cms.platform.api.strict import Output, ReasonBody, Strict, fields_of
from province.areas import AreaId
from province.people import Action

_LINES = 500


class InboxPath(BaseModel):
    item_id: str = Field(max_length=80)


class InboxOrderBody(Strict):
    """``above``: what was handed down airs at its time and the commune's own follows; ``own``: the other way round."""

    first: First


class InboxRulesBody(Strict):
    first: First
    order_minutes: int = Field(ge=1, le=1440)
    answer_hours: int = Field(ge=1, le=744)


@fields_of(HandedDown, hidden=("approved_by", "version", "seen_by_name", "answered_by"))
class HandedDownOut(Output):
    """``bulletin_id`` is the sender's, ``placed_id`` the commune's own."""

    reason: str = Field(description="The commune's word, or DEFAULT, NO_ROOM, NOTHING_LEFT_TO_AIR")


class InboxReceiptOut(Output):
    """``devices`` counts each once for each airing, by how far it got."""

    item: HandedDownOut
    placed_status: BulletinStatus | None
    devices: dict[DeliveryState, int]


@routes.get("/inbox", summary="What was handed down where you may read", responses={200: Lines[HandedDownOut]})
def list_inbox() -> Response:
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        found = inbox_list(uow.session, caller.areas_where(Action.BULLETIN_READ, tree), limit=_LINES)
    return answer(Lines[HandedDownOut].model_validate({"items": found}))


@routes.get("/inbox/<item_id>", summary="One item; noted as seen", responses={200: HandedDownOut})
def get_inbox_item(path: InboxPath) -> Response:
    item = answers.see(caller.context().uow(), HandedDownId(path.item_id), call=caller.call())
    return answer(HandedDownOut.model_validate(item))


@routes.post("/inbox/<item_id>/accept", summary="Accept it and place it", responses={201: BulletinOut})
def accept_inbox_item(path: InboxPath, body: FillBody) -> Response:
    """The commune's own bulletin, approved: the content is the sender's, the times are these."""
    placed = answers.accept(
        caller.context().uow(),
        HandedDownId(path.item_id),
        schedules=bulletin_bodies.schedules_of(body.schedules),
        call=caller.call(),
    )
    made = answer(BulletinOut.model_validate(placed), HTTPStatus.CREATED)
    made.headers["Location"] = f"/api/v1/bulletins/{placed.id}"
    return made


@routes.post("/inbox/<item_id>/decline", summary="Decline it, with the reason", responses={200: HandedDownOut})
def decline_inbox_item(path: InboxPath, body: ReasonBody) -> Response:
    item = answers.decline(caller.context().uow(), HandedDownId(path.item_id), reason=body.reason, call=caller.call())
    return answer(HandedDownOut.model_validate(item))


@routes.post("/inbox/<item_id>/order", summary="Say which of two goes first", responses={200: HandedDownOut})
def order_inbox_item(path: InboxPath, body: InboxOrderBody) -> Response:
    item = answers.order(caller.context().uow(), HandedDownId(path.item_id), first=body.first, call=caller.call())
    return answer(HandedDownOut.model_validate(item))


@routes.get(
    "/bulletins/<bulletin_id>/receipts", summary="What became of it below", responses={200: Lines[InboxReceiptOut]}
)
def list_receipts(path: BulletinPath) -> Response:
    found = readable(path.bulletin_id)
    with caller.context().uow.reading() as uow:
        seen = caller.areas_where(Action.DELIVERY_READ, uow[Places].tree())
        rows = [each for each in receipts(uow.session, found.id) if each.item.area_id in seen]
    return answer(Lines[InboxReceiptOut].model_validate({"items": rows}))


@routes.put("/areas/<area_id>/inbox-rules", summary="What holds without an answer", responses={200: One[InboxRules]})
def put_inbox_rules(path: AreaPath, body: InboxRulesBody) -> Response:
    rules = answers.set_rules(
        caller.context().uow(),
        AreaId(path.area_id),
        InboxRules(body.first, body.order_minutes, body.answer_hours),
        call=caller.call(),
    )
    return answer(One[InboxRules](rules))
