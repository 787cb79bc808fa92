"""Maintenance windows, and hours of audible self-tests by area."""

from datetime import time
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.api.areas import AreaPath
from cms.areas.repository import Places
from cms.commands.api.commands import Reason
from cms.commands.repository import AreaTestHours, MaintenanceRecords
from cms.commands.service import maintenance
from cms.commands.service.batch_preview import REASON_MAX
from cms.commands.service.maintenance import WindowDraft
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Id, Instant, Output, Strict, fields_of
from devices.commands.model import Window, WindowId
from devices.commands.self_tests import TestHour
from province.areas import AreaId
from province.people import Action


class WindowBody(Strict):
    """Either a device's or an area's, with all below."""

    device_id: Id | None = None
    area_id: Id | None = None
    from_at: Instant
    until_at: Instant
    reason: Reason


@fields_of(Window, hidden=("by",))
class WindowOut(Output): ...


class WindowPath(BaseModel):
    window_id: str = Field(max_length=80)


@routes.get(
    "/maintenance", summary="Windows that are not over, where you read devices", responses={200: Lines[WindowOut]}
)
def list_windows() -> Response:
    context = caller.context()
    with caller.reading(Action.DEVICE_READ) as (unit, tree):
        rows = unit[MaintenanceRecords].ahead(set(caller.areas_where(Action.DEVICE_READ, tree)), context.now())
    return answer(Lines[WindowOut].model_validate({"items": rows}))


@routes.post("/maintenance", summary="Open a window", responses={201: WindowOut})
def open_window(body: WindowBody) -> Response:
    context = caller.context()
    window_id = WindowId(context.new_id())
    draft = body.build(WindowDraft)
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda unit: maintenance.open_window(unit, window_id, draft, call=caller.call()),
        lambda unit: unit[MaintenanceRecords].get(window_id),
        _said,
    )


@routes.post("/maintenance/<window_id>/end", summary="The work is done", responses={200: WindowOut})
def end_window(path: WindowPath) -> Response:
    context = caller.context()
    ended = maintenance.end_window(context.uow(), WindowId(path.window_id), call=caller.call())
    return idempotency.said(_said(ended), HTTPStatus.OK)


def _said(window: Window) -> SubjectAnswer:
    ended = "0" if window.ended_at is None else "1"
    return SubjectAnswer(WindowOut.model_validate(window).model_dump_json(), f'"{ended}"')


class HourBody(Strict):
    """It takes the place of the area's hour. ``at``: local; null ends it at once, in the area and below."""

    area_id: Id
    at: time | None
    reason: str = Field(max_length=REASON_MAX)


@fields_of(TestHour, hidden=("asked_by", "agreed_by"))
class HourOut(Output):
    """``agreed_at`` null: another person has to agree before anything sounds."""


@routes.get("/self-test-hours", summary="Hours of tests aloud where you read devices", responses={200: Lines[HourOut]})
def list_test_hours() -> Response:
    with caller.context().uow.reading() as uow:
        seen = set(caller.device_areas(uow[Places].tree(), ""))
        hours = uow[AreaTestHours].all()
    return answer(Lines[HourOut].model_validate({"items": [each for each in hours.values() if each.area_id in seen]}))


@routes.post("/self-test-hours", summary="Propose an area's hour, or end it", responses={201: HourOut})
def set_test_hour(body: HourBody) -> Response:
    area_id = AreaId(body.area_id)
    at = None if body.at is None else body.at.replace(second=0, microsecond=0, tzinfo=None)
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: maintenance.set_hour(uow, area_id, at, body.reason, call=caller.call()),
        lambda uow: uow[AreaTestHours].get(area_id),
        idempotency.saying(HourOut),
    )


@routes.post("/self-test-hours/<area_id>/agree", summary="Another person's yes", responses={200: HourOut})
def agree_to_test_hour(path: AreaPath) -> Response:
    context, held = caller.context(), _seen(path.area_id)
    version = versions.expected_version(held.version)
    agreed = maintenance.agree(context.uow(), held.area_id, expected_version=version, call=caller.call())
    return answer(HourOut.model_validate(agreed), version=agreed.version)


def _seen(area_id: str) -> TestHour:
    """Return the test hour of an area. Raises NotFoundError if there is none that the caller may see."""
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        held = uow[AreaTestHours].get(AreaId(area_id))
    return caller.seen(held, Action.DEVICE_READ, tree, "self_test_hour", area_id)
