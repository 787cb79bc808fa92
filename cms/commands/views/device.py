"""Remote commands to one device: the commands on offer, and the outcome of those sent."""

from collections.abc import Sequence

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.areas.repository import Places
from cms.commands import forms, labels
from cms.commands.forms import ActingForm
from cms.commands.queries import history
from cms.commands.repository import MaintenanceRecords
from cms.commands.service import batch_preview, batches
from cms.fleet.queries.overview import statuses
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.commands.lifecycle import OPEN
from devices.commands.model import BatchId, BatchState, CommandKind
from devices.model import Device, DeviceKind
from province.errors import Problem
from province.people import Action

HISTORY = 20
_NOT_OF_BOARDS = frozenset({CommandKind.VOLUME, CommandKind.SELFTEST})
_OF_ITS_IDENTITY = frozenset({CommandKind.REVOKE, CommandKind.RETIRE})
"""Kinds that are offered on the page of the device's certificates instead."""


@pages.get("/devices/<device_id>/act")
def act(device_id: str) -> str:
    return _page(_seen(device_id))


@pages.post("/devices/<device_id>/act")
def act_on(device_id: str) -> Answer:
    device, form = _seen(device_id), ActingForm.of(request.form)
    with redisplay(_page, device, form):
        batch = batches.ask(
            new_unit(),
            BatchId(request_context.key_of(form.key)),
            forms.read(form, messages.tree(), device.id),
            call=call(),
        )
    if batch.state is BatchState.WAITING:
        flash(_("Another person has to agree to this command."), "wait")
        return redirect(url_for("web.command_batch", batch_id=batch.id))
    return confirmed(_("Taken down. Below is what becomes of it."), "web.act", device_id=device.id)


@pages.get("/devices/<device_id>/logs/<command_id>")
def device_log(device_id: str, command_id: str) -> str | Response:
    """Show the log that a device uploaded, newest line first; with ``raw``, send it as a file."""
    context = request_context.context()
    with context.uow.reading() as unit:
        device, command = batches.seen_log(unit, device_id, command_id, request_context.actor())
    text = context.content.read_bytes(command.log_sha256)
    if "raw" in request.args:
        name = f"{device.id}-{command.id}.txt"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return FlaskResponse(text, mimetype="text/plain", headers=headers)
    lines = text.decode(errors="replace").splitlines()
    return render_template("commands/device_log.html", device=device, command=command, lines=lines[::-1])


def _seen(device_id: str) -> Device:
    with request_context.context().uow.reading() as unit:
        return batches.seen_device(unit, device_id, request_context.actor())


def _page(device: Device, form: ActingForm | None = None, problems: Sequence[Problem] = ()) -> str:
    context, now = request_context.context(), request_context.context().now()
    # A poll names the number of rows on its page, so that the table does not grow under the reader.
    rows_most = min(max(request.args.get("rows", HISTORY, type=int), 1), HISTORY)
    with context.uow.reading() as unit:
        tree = messages.tree(unit)
        rows = history(unit.session, device.id, rows_most)
        status = statuses(unit.session, [device.id]).get(device.id)
        window = unit[MaintenanceRecords].in_force(now, tree).covering(device.id, device.area_id, now)
        cap_pct = batch_preview.cap_of(unit[Places], [device.area_id])
    is_board = device.kind is DeviceKind.BOARD
    return render_template(
        "commands/act.html",
        device=device,
        is_online=status is not None and status.online,
        window=window,
        rows=rows,
        rows_most=rows_most,
        is_live=any(command.state in OPEN for command, _batch in rows),
        may_act=request_context.can(Action.DEVICE_MANAGE, device.area_id, tree),
        kinds=[
            kind
            for kind in labels.KIND
            if kind not in _OF_ITS_IDENTITY
            and not (is_board and kind in _NOT_OF_BOARDS)
            and kind != (CommandKind.QUARANTINE if device.quarantined else CommandKind.RELEASE)
        ],
        cap_pct=cap_pct,
        key=context.new_id(),
        typed=form or ActingForm(kind=""),
        problems=messages.by_field(problems),
    )
