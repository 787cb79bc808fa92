"""Maintenance windows, and hours of audible self-tests by area."""

from datetime import UTC, datetime, time
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.api.areas import AreaPath
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.commands.api.schemas import WindowBody, WindowOut, Windows
from cms.commands.repository import AreaTestHours, MaintenanceRecords
from cms.commands.service import maintenance
from cms.commands.service.batch_preview import REASON_MAX
from cms.commands.service.maintenance import WindowDraft
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from devices.commands.model import Window, WindowId
from devices.commands.self_tests import TestHour
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action
from province.policy import may


class WindowPath(BaseModel):
    window_id: str = Field(max_length=80)


@routes.get("/maintenance", summary="Windows that are not over, where you read devices", responses={200: Windows})
def list_windows() -> Response:
    context = caller.context()
    with context.uow.reading() as unit:
        tree = unit[Places].tree()
        caller.require(Action.DEVICE_READ, (), tree)
        rows = unit[MaintenanceRecords].ahead(set(caller.areas_where(Action.DEVICE_READ, tree)), context.now())
    return answer(Windows(items=[WindowOut.model_validate(each) for each in rows]))


@routes.post("/maintenance", summary="Open a window", responses={201: WindowOut})
def open_window(body: WindowBody) -> Response:
    context = caller.context()
    window_id = WindowId(context.new_id())
    draft = WindowDraft(
        body.from_at.astimezone(UTC),
        body.until_at.astimezone(UTC),
        body.reason,
        None if body.area_id is None else AreaId(body.area_id),
        None if body.device_id is None else DeviceId(body.device_id),
    )
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


class HourOut(Output):
    """``agreed_at`` null: another person has to agree before anything sounds."""

    area_id: str
    at: time | None
    reason: str
    asked_by_name: str
    asked_at: datetime
    agreed_by_name: str
    agreed_at: datetime | None
    version: int


class SelfTestHours(BaseModel):
    items: list[HourOut]


@routes.get("/self-test-hours", summary="Hours of tests aloud where you read devices", responses={200: SelfTestHours})
def list_test_hours() -> Response:
    with caller.context().uow.reading() as uow:
        seen = set(caller.device_areas(uow[Places].tree(), ""))
        hours = uow[AreaTestHours].all()
    return answer(
        SelfTestHours(items=[HourOut.model_validate(each) for each in hours.values() if each.area_id in seen])
    )


@routes.post("/self-test-hours", summary="Propose an area's hour, or end it", responses={201: HourOut})
def set_test_hour(body: HourBody) -> Response:
    area_id = AreaId(body.area_id)
    at = None if body.at is None else body.at.replace(second=0, microsecond=0, tzinfo=None)
    return idempotency.once_said(
        HTTPStatus.CREATED,
        lambda uow: maintenance.set_hour(uow, area_id, at, body.reason, call=caller.call()),
        lambda uow: uow[AreaTestHours].get(area_id),
        _said_hour,
    )


@routes.post("/self-test-hours/<area_id>/agree", summary="Another person's yes", responses={200: HourOut})
def agree_to_test_hour(path: AreaPath) -> Response:
    context, held = caller.context(), _seen(path.area_id)
    version = versions.expected_version(held.version)
    agreed = maintenance.agree(context.uow(), held.area_id, expected_version=version, call=caller.call())
    return idempotency.said(_said_hour(agreed), HTTPStatus.OK)


def _seen(area_id: str) -> TestHour:
    """Return the test hour of an area. Raises NotFoundError if there is none that the caller may see."""
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        caller.require(Action.DEVICE_READ, (), tree)
        held = uow[AreaTestHours].get(AreaId(area_id))
    if not may(caller.actor(), Action.DEVICE_READ, held.area_id, tree):
        raise NotFoundError("self_test_hour", area_id)
    return held


def _said_hour(hour: TestHour) -> SubjectAnswer:
    return SubjectAnswer(HourOut.model_validate(hour).model_dump_json(), f'"{hour.version}"')
