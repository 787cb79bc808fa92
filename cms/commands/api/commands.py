"""Remote commands: preview, request, second approval, cancellation, and the outcome of each."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.api.areas import DevicePath
from cms.areas.repository import Places
from cms.commands.api.schemas import (
    AskBody,
    Batches,
    BatchOut,
    BatchWithCountsOut,
    CommandOut,
    CommandPreviewOut,
    Commands,
    EndBody,
    OmissionOut,
    WantedBody,
    batch_said,
)
from cms.commands.queries import batches, commands_of, counts, history
from cms.commands.repository import CommandBatches
from cms.commands.service import batch_preview
from cms.commands.service import batches as batch_service
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer, bytes_of
from devices.commands.model import Batch, BatchId, CommandState
from province.people import Action

HISTORY = 100


class BatchPath(BaseModel):
    batch_id: str = Field(max_length=80)


class LogPath(DevicePath):
    command_id: str = Field(max_length=80)


class BatchesQuery(BaseModel):
    cursor: str = Field(default="", max_length=100)
    limit: int = Field(default=50, ge=1, le=200)


class CommandsQuery(BatchesQuery):
    state: CommandState | None = None
    limit: int = Field(default=100, ge=1, le=1000)


@routes.get("/device-commands", summary="What was asked where you read devices, newest first", responses={200: Batches})
def list_batches(query: BatchesQuery) -> Response:
    with caller.context().uow.reading() as unit:
        tree = unit[Places].tree()
        caller.require(Action.DEVICE_READ, (), tree)
        actor = caller.actor()
        areas = batch_service.readable(actor, tree)
        page = batches(unit.session, areas, actor.user_id, after=query.cursor, limit=query.limit)
        far = counts(unit.session, [each.id for each in page.rows])
    items = [BatchWithCountsOut.model_validate(each) for each in page.rows]
    for item in items:
        item.counts = dict(far[BatchId(item.id)])
    return answer(Batches(items=items, next_cursor=page.next_cursor))


@routes.post(
    "/device-commands/preview", summary="What asking it would do; changes nothing", responses={200: CommandPreviewOut}
)
def preview_commands(body: WantedBody) -> Response:
    context = caller.context()
    with context.uow.reading() as unit:
        seen = batch_preview.preview(unit, body.read(), call=caller.call())
    return answer(
        CommandPreviewOut(
            devices=[device.id for device in seen.devices],
            left_out=[OmissionOut.model_validate(each) for each in seen.left_out],
            offline=sorted(seen.offline),
            in_alert=sorted(seen.in_alert),
            on_air=sorted(seen.on_air),
            cap_pct=seen.cap_pct,
            dangers=list(seen.dangers),
            mark=seen.mark,
        )
    )


@routes.post("/device-commands", summary="Ask devices for something", responses={201: BatchOut})
def ask_commands(body: AskBody) -> Response:
    context = caller.context()
    batch_id = BatchId(context.new_id())
    return idempotency.created(
        "device-commands",
        lambda unit: batch_service.ask(unit, batch_id, body.read(body.reason), call=caller.call(), shown=body.mark),
        lambda unit: unit[CommandBatches].get(batch_id),
        batch_said,
    )


@routes.get("/device-commands/<batch_id>", summary="One batch", responses={200: BatchWithCountsOut})
def get_batch(path: BatchPath) -> Response:
    batch = _seen(path.batch_id)
    with caller.context().uow.reading() as unit:
        far = counts(unit.session, [batch.id])[batch.id]
    found = BatchWithCountsOut.model_validate(batch)
    found.counts = dict(far)
    return answer(found, version=batch.version)


@routes.get("/device-commands/<batch_id>/devices", summary="Its commands, by device", responses={200: Commands})
def list_commands(path: BatchPath, query: CommandsQuery) -> Response:
    batch = _seen(path.batch_id)
    with caller.context().uow.reading() as unit:
        page = commands_of(unit.session, batch.id, state=query.state, after=query.cursor, limit=query.limit)
    items = [CommandOut.model_validate(each) for each in page.rows]
    return answer(Commands(items=items, next_cursor=page.next_cursor))


@routes.post("/device-commands/<batch_id>/agree", summary="Another person's yes", responses={200: BatchOut})
def agree_to_commands(path: BatchPath) -> Response:
    return _decided(path, batch_service.agree)


@routes.post("/device-commands/<batch_id>/refuse", summary="Another person's no", responses={200: BatchOut})
def refuse_commands(path: BatchPath, body: EndBody) -> Response:
    return _decided(path, batch_service.refuse, why=body.why)


@routes.post("/device-commands/<batch_id>/abort", summary="What was not sent is not sent", responses={200: BatchOut})
def abort_commands(path: BatchPath, body: EndBody) -> Response:
    return _decided(path, batch_service.abort, why=body.why)


@routes.get("/devices/<device_id>/commands", summary="What was asked of it, newest first", responses={200: Commands})
def list_commands_of_device(path: DevicePath) -> Response:
    with caller.context().uow.reading() as unit:
        device = batch_service.seen_device(unit, path.device_id, caller.actor())
        rows = history(unit.session, device.id, HISTORY)
    return answer(Commands(items=[CommandOut.model_validate(command) for command, _batch in rows]))


@routes.get(
    "/devices/<device_id>/commands/<command_id>/log",
    summary="The log it brought, as text",
    responses=bytes_of("text/plain"),
)
def get_device_log(path: LogPath) -> Response:
    context = caller.context()
    with context.uow.reading() as unit:
        _device, command = batch_service.seen_log(unit, path.device_id, path.command_id, caller.actor())
    return Response(context.content.read_bytes(command.log_sha256), mimetype="text/plain")


def _decided(path: BatchPath, act: Callable[..., Batch], **more: Any) -> Response:
    return idempotency.said(batch_said(versions.step(act, _seen(path.batch_id), **more)), HTTPStatus.OK)


def _seen(batch_id: str) -> Batch:
    with caller.context().uow.reading() as unit:
        return batch_service.seen_batch(unit, batch_id, caller.actor())
