"""iCalendar feeds of an area's calendar: secret addresses for telephones and office programs."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.schedule.repository.calendar_feeds import CalendarFeeds
from cms.schedule.service import calendar_feeds as feeds
from cms.schedule.views.calendar import area_options
from province.areas import AreaId
from province.errors import Problem
from province.people import Action


@pages.get("/calendar/feeds")
def calendar_feeds() -> str:
    return _page()


@pages.post("/calendar/feeds")
def make_calendar_feed() -> Answer:
    """Create a feed and show its address, on this page only."""
    context = request_context.context()
    with redisplay(_page):
        _feed, secret = feeds.make(context.uow, AreaId(request.form.get("area", "")), call=request_context.call())
    return _page(f"{context.settings.effective_public_url}/api/v1/calendar/feeds/{secret}.ics")


@pages.post("/calendar/feeds/<feed_id>/remove")
def remove_calendar_feed(feed_id: str) -> Response:
    context = request_context.context()
    feeds.remove(context.uow, feed_id, call=request_context.call())
    flash(_("The address is cancelled. Calendars that used it are no longer updated."), "good")
    return redirect(url_for("web.calendar_feeds"))


def _page(made: str = "", *, problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    request_context.require(Action.BULLETIN_READ, (), tree)
    with request_context.context().uow.reading() as uow:
        found = uow[CalendarFeeds].of(request_context.actor().user_id)
    return render_template(
        "schedule/calendar_feeds.html",
        made=made,
        feeds=found,
        areas=area_options(tree),
        area_id=request.values.get("area", ""),
        area_name=messages.area_name,
        problems=messages.by_field(problems),
    )
