"""Maintenance windows."""

from datetime import UTC
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.repository import Places
from cms.commands.api.schemas import WindowBody, WindowOut, Windows
from cms.commands.repository.maintenance import MaintenanceRecords
from cms.commands.service import maintenance
from cms.commands.service.maintenance import WindowDraft
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import answer
from devices.commands.model import Window, WindowId
from devices.model import DeviceId
from province.areas import AreaId
from province.people import Action


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
