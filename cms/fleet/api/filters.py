"""Saved filters of the device list, of the caller."""

from datetime import datetime
from http import HTTPStatus
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.repository import Places
from cms.fleet.repository.devices import SavedFilter, SavedFilters
from cms.fleet.service import filters as device_filters
from cms.fleet.service.filters import KEPT_MAX, NAME_MAX, asked_by, asked_of
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import answer
from cms.platform.api.strict import Strict
from devices.health.speak_label import CanSpeak
from devices.model import DeviceKind
from province.people import Action


class FilterPath(BaseModel):
    filter_id: str = Field(max_length=80)


class FilterBody(Strict):
    """Empty: not narrowed by that; by one at least it is. It takes the place of your filter of that name."""

    name: str = Field(max_length=NAME_MAX)
    q: str = Field(default="", max_length=80, description="Part of a name, id or serial number")
    area: str = Field(default="", max_length=40)
    kind: DeviceKind | Literal[""] = ""
    link: Literal["on", "off", ""] = ""
    firmware: str = Field(default="", max_length=80)
    speaks: CanSpeak | Literal[""] = ""


class FilterOut(BaseModel):
    """``query`` is what stands behind the question mark of ``/devices``; the fields are the same, each for itself."""

    id: str
    name: str
    query: str
    q: str
    area: str
    kind: str
    link: str
    firmware: str
    speaks: str
    kept_at: datetime


class Filters(BaseModel):
    items: list[FilterOut]


@routes.get("/device-filters", summary="Your filters of the devices' list, by name", responses={200: Filters})
def list_filters() -> Response:
    with caller.context().uow.reading() as uow:
        caller.require(Action.DEVICE_READ, (), uow[Places].tree())
        kept = uow[SavedFilters].of(caller.actor().user_id)
    return answer(Filters(items=[_told(each) for each in kept]))


@routes.post("/device-filters", summary=f"Keep a filter; at most {KEPT_MAX}", responses={201: FilterOut})
def keep_filter(body: FilterBody) -> Response:
    context, owner = caller.context(), caller.actor().user_id
    with context.uow.reading() as uow:
        caller.require(Action.DEVICE_READ, (), uow[Places].tree())
    asked = asked_of({key: str(value) for key, value in body.model_dump(mode="json").items()})
    filter_id = context.new_id()
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: device_filters.keep(uow, body.name, asked, call=caller.call().with_id(filter_id)),
        lambda uow: next(each for each in uow[SavedFilters].of(owner) if each.id == filter_id),
        lambda kept: SubjectAnswer(_told(kept).model_dump_json(), ""),
    )


@routes.delete("/device-filters/<filter_id>", summary="Forget a filter", responses={204: None})
def drop_filter(path: FilterPath) -> Response:
    context = caller.context()
    with context.uow.reading() as uow:
        caller.require(Action.DEVICE_READ, (), uow[Places].tree())
    device_filters.drop(context.uow(), path.filter_id, actor=caller.actor())
    return Response(status=HTTPStatus.NO_CONTENT)


def _told(kept: SavedFilter) -> FilterOut:
    asked = asked_by(kept)
    return FilterOut(
        id=kept.id,
        name=kept.name,
        query=kept.query,
        q=asked.words,
        area=asked.area,
        kind=asked.kind,
        link=asked.link,
        firmware=asked.firmware,
        speaks=asked.speaks,
        kept_at=kept.kept_at,
    )
