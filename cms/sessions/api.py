"""Broadcast sessions and their running orders."""

from datetime import date, datetime, time
from http import HTTPStatus
from typing import Literal

from flask import Response
from pydantic import AwareDatetime, BaseModel, Field

from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.bulletins.schedules import SessionId
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole, Overrun
from broadcast.sessions.placement import NoPlace
from cms.bulletins.api.actions import act_on
from cms.bulletins.api.bulletins import BulletinPath
from cms.bulletins.api.schemas import BulletinOut
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Id, Output, Strict, fields_of
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service import running_orders, sessions
from cms.sessions.service.running_orders import SessionDay
from cms.sessions.service.sessions import SessionDraft
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas
from province.wall_clock import local_date


class SessionPath(BaseModel):
    session_id: str = Field(max_length=80)


class SessionDayPath(SessionPath):
    on: date


class SessionItemPath(SessionDayPath):
    bulletin_id: str = Field(max_length=80)
    schedule_id: str = Field(max_length=20)

    @property
    def key(self) -> ItemKey:
        return ItemKey(BulletinId(self.bulletin_id), self.schedule_id)


class SessionBody(Strict):
    """``clock`` is wall time of the province; ``overrun`` says what becomes of items that do not fit."""

    area_id: Id
    name: str = Field(max_length=200)
    clock: time
    days: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] = Field(max_length=7)
    length_ms: int = Field(ge=1, le=86_400_000)
    gap_ms: int = Field(default=200, ge=0, le=86_400_000)
    overrun: Overrun = Overrun.REFUSE


class SessionItemBody(Strict):
    """``place``: position in the order, from 0; left out: as it is. ``anchor``: it begins exactly then."""

    place: int | None = Field(default=None, ge=0, le=1000)
    role: ItemRole | None = None
    anchor: time | None = None


class IntoSessionBody(Strict):
    session_id: Id
    on: date


@fields_of(BroadcastSession, hidden=("changed_by", "standing"))
class BroadcastSessionOut(Output): ...


class SessionItemOut(BaseModel):
    """``start_at`` null: it is not heard; ``no_place`` says why, unless it lacked its approval at the lock."""

    bulletin_id: str
    schedule_id: str
    title: str
    status: BulletinStatus
    role: ItemRole
    anchor: time | None
    length_ms: int
    is_estimated: bool
    is_approved: bool
    start_at: AwareDatetime | None
    no_place: NoPlace | None


class RunningOrderOut(BaseModel):
    """Running order of one date, in its order. From ``lock_at`` on it stands."""

    session_id: str
    on: date
    start_at: datetime
    lock_at: datetime
    is_locked: bool
    sounding_ms: int
    items: list[SessionItemOut]


@routes.get("/sessions", summary="The broadcast sessions that you may see", responses={200: Lines[BroadcastSessionOut]})
def list_broadcast_sessions() -> Response:
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        found = uow[BroadcastSessions].in_areas(
            visible_areas(caller.actor(), Action.BULLETIN_READ, tree), local_date(caller.call().now)
        )
    return answer(Lines[BroadcastSessionOut].model_validate({"items": found}))


@routes.post("/sessions", summary="Set up a broadcast session", responses={201: BroadcastSessionOut})
def create_broadcast_session(body: SessionBody) -> Response:
    made = caller.call().with_id(caller.context().new_id())
    session_id = SessionId(made.new_id())
    return idempotency.created(
        "sessions",
        lambda uow: sessions.create(uow, draft=body.build(SessionDraft), call=made),
        lambda uow: uow[BroadcastSessions].get(session_id),
        idempotency.saying(BroadcastSessionOut),
    )


@routes.delete("/sessions/<session_id>", summary="End a session with today", responses={204: None})
def end_broadcast_session(path: SessionPath) -> Response:
    sessions.end(caller.context().uow(), _seen(path).id, call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@routes.get("/sessions/<session_id>/orders/<on>", summary="Running order of one date", responses={200: RunningOrderOut})
def get_running_order(path: SessionDayPath) -> Response:
    found = _seen(path)
    with caller.reading(Action.BULLETIN_READ) as (uow, _tree):
        day = running_orders.day_of(uow, found, path.on, caller.call().now)
    return answer(_order_out(day))


@routes.put(
    "/sessions/<session_id>/orders/<on>/items/<bulletin_id>/<schedule_id>",
    summary="Move an item, or set its role and fixed time, until the lock",
    responses={200: RunningOrderOut},
)
def change_session_item(path: SessionItemPath, body: SessionItemBody) -> Response:
    uow, session_id, day = caller.context().uow, _seen(path).id, None
    if body.role is not None or "anchor" in body.model_fields_set:
        role = body.role or ItemRole.ITEM
        day = running_orders.set_item(
            uow(), session_id, path.on, path.key, role=role, anchor=body.anchor, call=caller.call()
        )
    if body.place is not None or day is None:
        day = running_orders.move_item(uow(), session_id, path.on, path.key, to=body.place or 0, call=caller.call())
    return answer(_order_out(day))


@routes.delete(
    "/sessions/<session_id>/orders/<on>/items/<bulletin_id>/<schedule_id>",
    summary="Take an item out of one date's session, until the lock",
    responses={204: None},
)
def take_out_of_session(path: SessionItemPath) -> Response:
    running_orders.take_out(caller.context().uow(), _seen(path).id, path.on, path.key, call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@routes.post(
    "/bulletins/<bulletin_id>/session",
    summary="Put a bulletin into the session of a date",
    responses={200: BulletinOut},
)
def put_into_session(path: BulletinPath, body: IntoSessionBody) -> Response:
    return act_on(path, running_orders.add_bulletin, session_id=SessionId(body.session_id), on=body.on)


def _order_out(day: SessionDay) -> RunningOrderOut:
    items = [
        SessionItemOut(
            bulletin_id=each.bulletin.id,
            schedule_id=each.item.schedule_id,
            title=each.bulletin.title,
            status=each.bulletin.status,
            role=each.item.role,
            anchor=each.item.anchor,
            length_ms=each.length_ms,
            is_estimated=each.is_estimated,
            is_approved=each.is_promised,
            start_at=each.start_at,
            no_place=each.no_place,
        )
        for each in day.lines
    ]
    return RunningOrderOut(
        session_id=day.session.id,
        on=day.order.on,
        start_at=day.start_at,
        lock_at=day.lock_at,
        is_locked=day.is_locked,
        sounding_ms=day.sounding_ms,
        items=items,
    )


def _seen(path: SessionPath) -> BroadcastSession:
    """Return the session. Raises NotFoundError if there is none that the caller may read."""
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        found = uow[BroadcastSessions].get(SessionId(path.session_id))
    if found.area_id not in visible_areas(caller.actor(), Action.BULLETIN_READ, tree):
        raise NotFoundError("broadcast session", path.session_id)
    return found
