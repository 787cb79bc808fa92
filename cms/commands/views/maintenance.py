"""Maintenance windows: places where people work, and from which no faults are notified meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import time, timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.commands.repository import AreaTestHours, MaintenanceRecords
from cms.commands.service import maintenance as maintenance_service
from cms.commands.service.batch_preview import REASON_MAX
from cms.commands.service.maintenance import WindowDraft
from cms.fleet.repository.devices import Devices
from cms.platform.web import area_picker, formats, messages, request_context, typed_time
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.commands.model import WindowId
from devices.commands.self_tests import EACH_WITHIN
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
    form = request.form
    typed = {name: form.get(name, "").strip()[:600] for name in ("device", "area", "from", "until", "reason", "key")}
    with redisplay(_page, typed):
        draft = _read(typed)
        maintenance_service.open_window(new_unit(), WindowId(request_context.key_of(typed["key"])), draft, call=call())
    flash(_("The maintenance window is open. Meanwhile nobody is told of what is wrong there."), "good")
    return redirect(url_for("web.maintenance"))


@pages.post("/maintenance/<window_id>/end")
def end_maintenance(window_id: str) -> Response:
    maintenance_service.end_window(new_unit(), WindowId(window_id), call=call())
    return confirmed(_("Maintenance is over. What is wrong there is told again."), "web.maintenance")


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
    tree = messages.tree_for(Action.DEVICE_READ)
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
        areas=area_picker.one_of(managed),
        typed=typed,
        problems=messages.by_field(problems),
    )


@pages.get("/maintenance/self-tests")
def self_test_hours() -> str:
    return _hours_page({"area": request.args.get("area", "")[:40]})


@pages.post("/maintenance/self-tests")
def set_test_hour() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    form = request.form
    typed = {name: form.get(name, "").strip()[: REASON_MAX + 1] for name in ("area", "at", "reason")}
    is_end = form.get("act") == "end"
    with redisplay(_hours_page, typed):
        hour = maintenance_service.set_hour(
            new_unit(), AreaId(typed["area"]), None if is_end else _read_time(typed["at"]), typed["reason"], call=call()
        )
    if hour.at is None:
        flash(_("Ended. Devices there no longer test themselves aloud."), "good")
    else:
        flash(_("Proposed. No device sounds until another person agrees."), "wait")
    return redirect(url_for("web.self_test_hours"))


@pages.post("/maintenance/self-tests/<area_id>/agree")
def agree_test_hour(area_id: str) -> Response:
    version = request.form.get("version", "")
    maintenance_service.agree(
        new_unit(),
        AreaId(area_id),
        expected_version=int(version) if version.isdecimal() and len(version) < len("1000000") else 0,
        call=call(),
    )
    return confirmed(_("Agreed. Some devices test themselves each day at that hour."), "web.self_test_hours")


def _read_time(text: str) -> time:
    """Read a time. Raises InvalidError if it is no time of day."""
    try:
        return typed_time.read_clock(text)
    except ValueError:
        raise InvalidError([Problem("at", "NOT_A_TIME" if text else "MISSING")]) from None


def _hours_page(typed: Mapping[str, str], problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree_for(Action.DEVICE_READ)
    managed = area_picker.outermost_first(Action.DEVICE_MANAGE)
    with request_context.context().uow.reading() as unit:
        hours = unit[AreaTestHours].all()
    rows = [each for each in hours.values() if request_context.can(Action.DEVICE_READ, each.area_id, tree)]
    mine = {area.id for area in managed}
    return render_template(
        "commands/self_test_hours.html",
        rows=sorted(rows, key=lambda each: (len(tree.chain(each.area_id)), tree.get(each.area_id).name)),
        may_agree={
            each.area_id
            for each in rows
            if each.at is not None
            and each.agreed_by is None
            and each.area_id in mine
            and each.asked_by != request_context.actor().user_id
        },
        may_set=bool(managed),
        areas=area_picker.one_of(managed),
        typed=typed,
        days=EACH_WITHIN.days,
        problems=messages.by_field(problems),
    )
