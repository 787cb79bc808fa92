"""Filters of the device list, saved by each person under a name."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cms.health import device_filters as use_case
from cms.health.device_filters import asked_of
from cms.web import sentences, visit
from cms.web.devices import list_page
from cms.web.languages import _
from cms.web.visit import pages
from province.errors import InvalidError
from province.people import Action

Answer = str | tuple[str, int] | Response


@pages.post("/devices/filters")
def keep_filter() -> Answer:
    visit.require(Action.DEVICE_READ, (), sentences.tree())
    context = visit.context()
    asked, name = asked_of(request.form), request.form.get("name", "").strip()
    try:
        use_case.keep(context.uow(), name, asked, actor=visit.actor(), now=context.now(), new_id=context.new_id)
    except InvalidError as error:
        return list_page(asked, name=name, problems=error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Đã giữ bộ lọc “%(name)s”.", name=name), "good")
    return redirect(f"{url_for('web.devices')}?{asked.query}")


@pages.post("/devices/filters/<filter_id>/delete")
def drop_filter(filter_id: str) -> Response:
    visit.require(Action.DEVICE_READ, (), sentences.tree())
    use_case.drop(visit.context().uow(), filter_id, actor=visit.actor())
    flash(_("Đã xóa bộ lọc."), "good")
    return redirect(url_for("web.devices"))
