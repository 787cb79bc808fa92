"""Filters of the devices' list, kept under a name by each person; to share one is to send its address."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from broadcast.errors import NotFoundError, Problem, too_long
from broadcast.model.people import Action
from cms.store.saved_filters import SavedFilter, SqlSavedFilters
from cms.web import sentences, visit
from cms.web.devices import asked_of, list_page
from cms.web.languages import _
from cms.web.visit import pages

NAME_MAX: Final = 60
KEPT_MAX: Final = 30

Answer = str | tuple[str, int] | Response


@pages.post("/devices/filters")
def keep_filter() -> Answer:
    visit.require(Action.DEVICE_READ, (), sentences.tree())
    context, owner = visit.context(), visit.actor().user_id
    asked, name = asked_of(request.form), request.form.get("name", "").strip()
    problems = too_long("name", name, NAME_MAX) if name else [Problem("name", "MISSING")]
    if not asked.address:
        problems = [Problem("name", "NOTHING_NARROWED")]
    with context.uow() as unit:
        filters = SqlSavedFilters(unit.session)
        if len({each.name for each in filters.of(owner)} | {name}) > KEPT_MAX:
            problems.append(Problem("name", "TOO_MANY", {"max": KEPT_MAX}))
        if not problems:
            filters.put(SavedFilter(context.new_id(), owner, name, asked.query, context.now()))
            unit.commit()
    if problems:
        return list_page(asked, name=name, problems=problems), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Đã giữ bộ lọc “%(name)s”.", name=name), "good")
    return redirect(f"{url_for('web.devices')}?{asked.query}")


@pages.post("/devices/filters/<filter_id>/delete")
def drop_filter(filter_id: str) -> Response:
    visit.require(Action.DEVICE_READ, (), sentences.tree())
    with visit.context().uow() as unit:
        if not SqlSavedFilters(unit.session).drop(visit.actor().user_id, filter_id):
            raise NotFoundError("saved_filter", filter_id)
        unit.commit()
    flash(_("Đã xoá bộ lọc."), "good")
    return redirect(url_for("web.devices"))
