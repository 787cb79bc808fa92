"""Duties: people on call, who are notified of faults and incidents of devices."""

from datetime import time
from http import HTTPStatus
from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, Field

from cms.health.repository.faults import FaultRecords
from cms.health.service import duties
from cms.health.service.duties import ADDRESS_MAX, NAME_MAX
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Id, Output, Strict, fields_of
from devices.health.notices import Duty
from province.areas import AreaId
from province.people import Action
from province.policy import may

Weekday = Annotated[int, Field(ge=0, le=6)]


class DutyPath(BaseModel):
    duty_id: str = Field(max_length=80)


class DutyBody(Strict):
    """``weekdays``: 0 is Monday; hours are local, from ``starts`` up to ``ends``: the same is the whole day."""

    area_id: Id
    name: str = Field(max_length=NAME_MAX)
    address: str = Field(max_length=ADDRESS_MAX, description="A mail address, or an https one for a webhook")
    line: Literal[1, 2] = Field(default=1, description="2: told when nobody of line 1 has taken it on")
    weekdays: list[Weekday] = Field(default=[0, 1, 2, 3, 4, 5, 6], max_length=7)
    starts: time = time(0)
    ends: time = time(0)


@fields_of(Duty)
class DutyOut(Output):
    """``address`` is told to whoever manages devices there; null to others."""

    address: str | None


@routes.get("/duties", summary="Who is on call where you read devices", responses={200: Lines[DutyOut]})
def list_duties() -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        seen = set(caller.areas_where(Action.DEVICE_READ, tree))
        found = [each for each in uow[FaultRecords].duties() if each.area_id in seen]
    managed = {each.id for each in found if may(caller.actor(), Action.DEVICE_MANAGE, each.area_id, tree)}
    return answer(Lines[DutyOut](items=[_told(each, is_managed=each.id in managed) for each in found]))


@routes.post("/duties", summary="Enter somebody who is on call", responses={201: DutyOut})
def add_duty(body: DutyBody) -> Response:
    context = caller.context()
    duty = Duty(
        id=context.new_id(),
        area_id=AreaId(body.area_id),
        name=body.name.strip(),
        address=body.address.strip(),
        line=body.line,
        weekdays=tuple(sorted(set(body.weekdays))),
        starts=body.starts.replace(tzinfo=None),
        ends=body.ends.replace(tzinfo=None),
    )
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: duties.add(uow, duty, call=caller.call()),
        lambda uow: duties.get(uow, duty.id),
        lambda made: SubjectAnswer(_told(made, is_managed=True).model_dump_json(), ""),
    )


@routes.delete(
    "/duties/<duty_id>", summary="Not on call any more: what was not sent is not sent", responses={204: None}
)
def remove_duty(path: DutyPath) -> Response:
    context = caller.context()
    duties.remove(context.uow(), path.duty_id, call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


def _told(duty: Duty, *, is_managed: bool) -> DutyOut:
    return DutyOut.of(duty, address=duty.address if is_managed else None)
