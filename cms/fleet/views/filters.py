"""Filters of the device list, saved by each person under a name."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cms.fleet.service import filters
from cms.fleet.service.filters import asked_of
from cms.fleet.views.devices import list_page
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from province.people import Action


@pages.post("/devices/filters")
def keep_filter() -> Answer:
    request_context.require(Action.DEVICE_READ, (), messages.tree())
    context = request_context.context()
    asked, name = asked_of(request.form), request.form.get("name", "").strip()
    with redisplay(list_page, asked, name=name):
        filters.keep(context.uow(), name, asked, call=request_context.call())
    flash(_("The filter “%(name)s” is kept.", name=name), "good")
    return redirect(f"{url_for('web.devices')}?{asked.query}")


@pages.post("/devices/filters/<filter_id>/delete")
def drop_filter(filter_id: str) -> Response:
    request_context.require(Action.DEVICE_READ, (), messages.tree())
    filters.drop(request_context.context().uow(), filter_id, actor=request_context.actor())
    flash(_("The filter is deleted."), "good")
    return redirect(url_for("web.devices"))
