"""Hours of audible self-tests, area by area: proposed, approved, ended."""

import re
from collections.abc import Mapping, Sequence
from datetime import time

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.commands.repository.self_test_hours import AreaTestHours
from cms.commands.service import self_test_hours as test_hour_service
from cms.commands.service.batch_preview import REASON_MAX
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from devices.commands.self_tests import EACH_WITHIN
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@pages.get("/maintenance/self-tests")
def self_test_hours() -> str:
    return _page({"area": request.args.get("area", "")[:40]})


@pages.post("/maintenance/self-tests")
def set_test_hour() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    context, form = request_context.context(), request.form
    typed = {name: form.get(name, "").strip()[: REASON_MAX + 1] for name in ("area", "at", "reason")}
    is_end = form.get("act") == "end"
    with redisplay(_page, typed):
        hour = test_hour_service.set_hour(
            context.uow(),
            AreaId(typed["area"]),
            None if is_end else _read(typed["at"]),
            typed["reason"],
            call=request_context.call(),
        )
    if hour.at is None:
        flash(_("Ended. Devices there no longer test themselves aloud."), "good")
    else:
        flash(_("Proposed. No device sounds until another person agrees."), "wait")
    return redirect(url_for("web.self_test_hours"))


@pages.post("/maintenance/self-tests/<area_id>/agree")
def agree_test_hour(area_id: str) -> Response:
    context, version = request_context.context(), request.form.get("version", "")
    test_hour_service.agree(
        context.uow(),
        AreaId(area_id),
        expected_version=int(version) if version.isdecimal() and len(version) < len("1000000") else 0,
        call=request_context.call(),
    )
    flash(_("Agreed. Some devices test themselves each day at that hour."), "good")
    return redirect(url_for("web.self_test_hours"))


def _read(text: str) -> time:
    """Read a time. Raises InvalidError if it is no time of day."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise InvalidError([Problem("at", "NOT_A_TIME" if text else "MISSING")])
    return time(int(found[1]), int(found[2]))


def _page(typed: Mapping[str, str], problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    request_context.require(Action.DEVICE_READ, (), tree)
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
        area_name=messages.area_name,
        problems=messages.by_field(problems),
    )
