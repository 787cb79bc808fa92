"""Remote commands: preview, request, second approval, cancellation, and the outcome of each."""

from collections.abc import Callable
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, Field

from cms.areas.api.areas import DevicePath
from cms.commands.queries import batches, commands_of, counts, history
from cms.commands.repository import CommandBatches
from cms.commands.service import batch_preview
from cms.commands.service import batches as batch_service
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer, bytes_of
from cms.platform.api.strict import Id, Output, Strict, WhyBody, fields_of
from devices.commands.model import (
    Arguments,
    Batch,
    BatchDanger,
    BatchId,
    CommandKind,
    CommandState,
    Omission,
    RemoteCommand,
)
from devices.model import DeviceKind
from province.people import Action

HISTORY = 100
Reason = Annotated[str, Field(max_length=2000)]


class ChoiceBody(Strict):
    """Devices in these areas and below, narrowed down, and those named."""

    areas: list[Id] = Field(default=[], max_length=2000)
    devices: list[Id] = Field(default=[], max_length=5000)
    kind: DeviceKind | None = None
    is_online: bool | None = Field(default=None, description="Null: both")


class WantedBody(Strict):
    """``volume_pct`` belongs to volume, ``is_audible`` to selftest, ``key_in_doubt`` to quarantine."""

    kind: CommandKind
    volume_pct: int | None = None
    is_audible: bool = False
    key_in_doubt: bool = Field(
        default=False,
        description="Somebody else may have its key: alerts are muted too. Else alerts pass",
    )
    choice: ChoiceBody

    def read(self, reason: str = "") -> Asking:
        choice = self.choice
        return Asking(
            self.kind,
            Arguments(self.volume_pct, self.is_audible, self._passes_alerts),
            choice.build(DeviceSelection, device_ids=choice.devices),
            reason,
        )

    @property
    def _passes_alerts(self) -> bool:
        return self.kind is CommandKind.QUARANTINE and not self.key_in_doubt


class AskBody(WantedBody):
    """With ``mark`` it is sent only if it goes to the very devices that the preview with this mark showed."""

    reason: Reason
    mark: str | None = Field(default=None, max_length=40)


class CommandPreviewOut(Output):
    """``offline``, ``in_alert`` and ``on_air`` (within ten minutes) are among ``devices``."""

    devices: list[str]
    left_out: list[Omission]
    offline: list[str]
    in_alert: list[str]
    on_air: list[str]
    cap_pct: int = Field(description="The lowest volume that an area of theirs allows")
    dangers: list[BatchDanger] = Field(description="Why another person has to agree; empty: nobody has to")
    mark: str


class ArgumentsOut(Output):
    volume_pct: int | None
    is_audible: bool
    alerts_pass: bool = Field(description="Of a quarantine: alerts are sounded nevertheless")


@fields_of(Batch, hidden=("asked_by", "agreed_by"))
class BatchOut(Output):
    arguments: ArgumentsOut


class BatchWithCountsOut(BatchOut):
    counts: dict[CommandState, int] = Field(default={}, description="How many of its commands stand where")


class Batches(BaseModel):
    items: list[BatchWithCountsOut]
    next_cursor: str


class TestResultOut(Output):
    __test__ = False  # else pytest takes it for tests
    audible: bool
    amp_ma: int | None
    mic_db: float | None
    spk: str
    line_ohm: float | None


@fields_of(RemoteCommand, hidden=("arguments", "boot", "log_sha256"))
class CommandOut(Output):
    code: str = Field(description="Why it failed or expired")
    test: TestResultOut | None
    log_bytes: int = Field(description="0: no log of it is here")


class Commands(BaseModel):
    items: list[CommandOut]
    next_cursor: str = ""


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
    with caller.reading(Action.DEVICE_READ) as (unit, tree):
        actor = caller.actor()
        areas = batch_service.readable(actor, tree)
        page = batches(unit.session, areas, actor.user_id, after=query.cursor, limit=query.limit)
        far = counts(unit.session, [each.id for each in page.rows])
    items = [BatchWithCountsOut.of(each, counts=far[each.id]) for each in page.rows]
    return answer(Batches(items=items, next_cursor=page.next_cursor))


@routes.post(
    "/device-commands/preview", summary="What asking it would do; changes nothing", responses={200: CommandPreviewOut}
)
def preview_commands(body: WantedBody) -> Response:
    context = caller.context()
    with context.uow.reading() as unit:
        seen = batch_preview.preview(unit, body.read(), call=caller.call())
    return answer(
        CommandPreviewOut.of(
            seen,
            devices=[device.id for device in seen.devices],
            offline=sorted(seen.offline),
            in_alert=sorted(seen.in_alert),
            on_air=sorted(seen.on_air),
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
        idempotency.saying(BatchOut),
    )


@routes.get("/device-commands/<batch_id>", summary="One batch", responses={200: BatchWithCountsOut})
def get_batch(path: BatchPath) -> Response:
    batch = _seen(path.batch_id)
    with caller.context().uow.reading() as unit:
        far = counts(unit.session, [batch.id])[batch.id]
    return answer(BatchWithCountsOut.of(batch, counts=far), version=batch.version)


@routes.get("/device-commands/<batch_id>/devices", summary="Its commands, by device", responses={200: Commands})
def list_commands(path: BatchPath, query: CommandsQuery) -> Response:
    batch = _seen(path.batch_id)
    with caller.context().uow.reading() as unit:
        page = commands_of(unit.session, batch.id, state=query.state, after=query.cursor, limit=query.limit)
    return answer(Commands.model_validate({"items": page.rows, "next_cursor": page.next_cursor}))


@routes.post("/device-commands/<batch_id>/agree", summary="Another person's yes", responses={200: BatchOut})
def agree_to_commands(path: BatchPath) -> Response:
    return _decided(path, batch_service.agree)


@routes.post("/device-commands/<batch_id>/refuse", summary="Another person's no", responses={200: BatchOut})
def refuse_commands(path: BatchPath, body: WhyBody) -> Response:
    return _decided(path, batch_service.refuse, why=body.why)


@routes.post("/device-commands/<batch_id>/abort", summary="What was not sent is not sent", responses={200: BatchOut})
def abort_commands(path: BatchPath, body: WhyBody) -> Response:
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
    return versions.stepped(BatchOut, act, _seen(path.batch_id), **more)


def _seen(batch_id: str) -> Batch:
    with caller.context().uow.reading() as unit:
        return batch_service.seen_batch(unit, batch_id, caller.actor())
