"""Maintenance windows: places where people work, and from which no faults are notified meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.commands.repository.maintenance import MaintenanceRecords
from cms.commands.service import maintenance as maintenance_service
from cms.commands.service.maintenance import WindowDraft
from cms.fleet.repository.devices import Devices
from cms.platform.web import area_picker, formats, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from devices.commands.model import WindowId
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action

USUAL = timedelta(hours=2)


@pages.get("/maintenance")
def maintenance() -> str:
    now = request_context.context().now()
    return _page(
        {
            "device": request.args.get("device", "")[:40],
            "from": formats.as_typed(now),
            "until": formats.as_typed(now + USUAL),
            "key": request_context.context().new_id(),
        }
    )


@pages.post("/maintenance")
def open_maintenance() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    context, form = request_context.context(), request.form
    typed = {name: form.get(name, "").strip()[:600] for name in ("device", "area", "from", "until", "reason", "key")}
    with redisplay(_page, typed):
        draft = _read(typed)
        maintenance_service.open_window(
            context.uow(), WindowId(request_context.key_of(typed["key"])), draft, call=request_context.call()
        )
    flash(_("The maintenance window is open. Meanwhile nobody is told of what is wrong there."), "good")
    return redirect(url_for("web.maintenance"))


@pages.post("/maintenance/<window_id>/end")
def end_maintenance(window_id: str) -> Response:
    context = request_context.context()
    maintenance_service.end_window(context.uow(), WindowId(window_id), call=request_context.call())
    flash(_("Maintenance is over. What is wrong there is told again."), "good")
    return redirect(url_for("web.maintenance"))


def _read(typed: dict[str, str]) -> WindowDraft:
    """Convert the form. Raise InvalidError with every time that cannot be read."""
    problems: list[Problem] = []
    from_at = formats.read_instant(typed["from"], "from", problems)
    until_at = formats.read_instant(typed["until"], "until", problems)
    problems += [Problem(name, "MISSING") for name in ("from", "until") if not typed[name]]
    if problems or from_at is None or until_at is None:
        raise InvalidError(problems)
    area_id = AreaId(typed["area"]) if typed["area"] else None
    device_id = DeviceId(typed["device"]) if typed["device"] else None
    return WindowDraft(from_at, until_at, typed["reason"], area_id, device_id)


def _page(typed: dict[str, str], problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    request_context.require(Action.DEVICE_READ, (), tree)
    context = request_context.context()
    seen = {area.id for area in tree if request_context.can(Action.DEVICE_READ, area.id, tree)}
    managed = area_picker.outermost_first(Action.DEVICE_MANAGE)
    with context.uow.reading() as unit:
        rows = unit[MaintenanceRecords].ahead(seen, context.now())
        named = unit[Devices].get_many({row.device_id for row in rows if row.device_id is not None})
    return render_template(
        "commands/maintenance.html",
        rows=rows,
        devices=named,
        now=context.now(),
        may_open=bool(managed),
        may_end={row.id for row in rows if request_context.can(Action.DEVICE_MANAGE, row.area_id, tree)},
        areas=area_picker.one_of(managed),
        typed=typed,
        area_name=messages.area_name,
        problems=messages.by_field(problems),
    )
