"""Saved filters of the device list, of the caller."""

from datetime import datetime
from http import HTTPStatus
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from cms.fleet.repository.devices import SavedFilter, SavedFilters
from cms.fleet.service import filters as device_filters
from cms.fleet.service.filters import KEPT_MAX, NAME_MAX, asked_by, asked_of
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Output, Strict
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


class FilterOut(Output):
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


@routes.get("/device-filters", summary="Your filters of the devices' list, by name", responses={200: Lines[FilterOut]})
def list_filters() -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, _tree):
        kept = uow[SavedFilters].of(caller.actor().user_id)
    return answer(Lines[FilterOut](items=[_told(each) for each in kept]))


@routes.post("/device-filters", summary=f"Keep a filter; at most {KEPT_MAX}", responses={201: FilterOut})
def keep_filter(body: FilterBody) -> Response:
    context, owner = caller.context(), caller.actor().user_id
    caller.require_anywhere(Action.DEVICE_READ)
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
    caller.require_anywhere(Action.DEVICE_READ)
    device_filters.drop(context.uow(), path.filter_id, actor=caller.actor())
    return Response(status=HTTPStatus.NO_CONTENT)


def _told(kept: SavedFilter) -> FilterOut:
    asked = asked_by(kept)
    return FilterOut.of(asked, id=kept.id, name=kept.name, query=kept.query, q=asked.words, kept_at=kept.kept_at)
