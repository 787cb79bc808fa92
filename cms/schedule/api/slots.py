"""Delegated slots: rights to fill a part of the week, and the placing of an approved bulletin within one."""

from datetime import date, datetime, time
from http import HTTPStatus
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.slots import SlotId
from cms.accounts.repository.people import People
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from cms.schedule.repository.slots import Slots
from cms.schedule.service import slot_delegation
from cms.schedule.service.slot_holders import slot_draft
from province.people import Action


class SlotPath(BaseModel):
    slot_id: str = Field(max_length=80)


class SlotBody(Strict):
    """``login`` is the holder's. Wall times of the province; at most a year ahead."""

    login: str = Field(max_length=80)
    area_id: Id
    weekdays: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] = Field(max_length=7)
    starts: time
    ends: time
    classes: list[PriorityClass] = Field(max_length=len(PriorityClass))
    last_on: date


class SlotOut(Output):
    id: str
    holder_id: str
    holder_name: str
    area_id: str
    weekdays: list[str]
    starts: time
    ends: time
    classes: list[PriorityClass]
    last_on: date
    granted_by_name: str
    granted_at: datetime


class SlotLines(Output):
    items: list[SlotOut]


@routes.get("/slots", summary="The slots delegated in the areas you may see", responses={200: SlotLines})
def list_slots() -> Response:
    with caller.context().uow.reading() as uow:
        found = uow[Slots].in_areas(caller.readable_areas(uow[Places].tree()))
    return answer(SlotLines.model_validate({"items": found}))


@routes.post("/slots", summary="Delegate a slot", responses={201: SlotOut})
def grant_slot(body: SlotBody) -> Response:
    context = caller.context()
    with context.uow.reading() as uow:
        caller.require(Action.SLOT_GRANT, (), uow[Places].tree())
        holder = uow[People].by_login(body.login)
    draft = slot_draft(
        holder,
        area_id=body.area_id,
        weekdays=tuple(body.weekdays),
        starts=body.starts,
        ends=body.ends,
        classes=tuple(body.classes),
        last_on=body.last_on,
    )
    slot = slot_delegation.grant(context.uow(), draft=draft, call=caller.call())
    return answer(SlotOut.model_validate(slot), HTTPStatus.CREATED)


@routes.delete("/slots/<slot_id>", summary="Revoke a slot; what was placed in it stays", responses={204: None})
def revoke_slot(path: SlotPath) -> Response:
    context = caller.context()
    slot_delegation.revoke(context.uow(), SlotId(path.slot_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
