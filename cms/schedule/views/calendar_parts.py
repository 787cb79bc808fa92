"""Parts of the calendar: its feeds, and sets of dates on which rules keep silent."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from flask import g, render_template, request
from werkzeug.wrappers import Response

from broadcast.scheduling.closed_days import BUILT_IN, DateSet, DateSetId, dates_of
from cms.platform.web import area_picker, formats, messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from cms.schedule.repository.calendar import CalendarFeeds, DateSets
from cms.schedule.service import calendar as date_set_service
from cms.schedule.service import calendar as feeds
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action
from province.policy import may, visible_areas

_SEPARATORS = re.compile(r"[\s,;]+")
_WRITTEN = ("%d/%m/%Y", "%Y-%m-%d")


@pages.get("/date-sets")
def date_sets(problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree_for(Action.BULLETIN_READ)
    actor, this_year = request_context.actor(), formats.local(request_context.context().now()).year
    writable = [area for area in tree if may(actor, Action.BULLETIN_WRITE, area.id, tree) and area.valid_to is None]
    built_in = [
        (wording.word(wording.DATE_SET, name), sorted(dates_of(name, {}, (this_year, this_year + 1))))
        for name in BUILT_IN
    ]
    return render_template(
        "schedule/date_sets.html",
        built_in=built_in,
        rows=_visible(),
        mine={area.id for area in writable},
        areas=area_picker.options(sorted(writable, key=lambda area: len(tree.chain(area.id)))),
        typed=request.form,
        problems=messages.by_field(problems),
    )


@pages.post("/date-sets")
def put_date_set() -> Answer:
    form = request.form
    area_id = AreaId(form.get("area", ""))
    with redisplay(date_sets, not_yours="area"):
        found = date_set_service.put_date_set(
            new_unit(), area_id=area_id, name=form.get("name", ""), dates=_dates(form.get("dates", "")), call=call()
        )
    return confirmed(_("The set “%(name)s” is saved.", name=found.name), "web.date_sets")


@pages.post("/date-sets/<set_id>/remove")
def remove_date_set(set_id: str) -> Response:
    found = date_set_service.remove_date_set(new_unit(), DateSetId(set_id), call=call())
    return confirmed(_("The set “%(name)s” is removed.", name=found.name), "web.date_sets")


def choices() -> list[tuple[str, str]]:
    """Return the sets that the user may choose for a rule; cached for the request."""
    if "date_sets" not in g:
        g.date_sets = _visible()
    own = [(each.id, f"{each.name} ({messages.area_name(each.area_id)})") for each in g.date_sets]
    return [*((name, wording.word(wording.DATE_SET, name)) for name in BUILT_IN), *own]


def _visible() -> Sequence[DateSet]:
    with request_context.context().uow.reading() as uow:
        return uow[DateSets].in_areas(visible_areas(request_context.actor(), Action.BULLETIN_READ, messages.tree()))


def _dates(text: str) -> list[date]:
    """Read a list of dates, as people write them in Vietnam or as date fields send them.

    Raises:
        InvalidError: one of them is not a date.
    """
    found = []
    for word in filter(None, _SEPARATORS.split(text)):
        day = next((parsed for form in _WRITTEN if (parsed := _parsed(word, form))), None)
        if day is None:
            raise InvalidError([Problem("dates", "DATE_UNREADABLE", {"text": word[:20]})])
        found.append(day)
    return found


def _parsed(word: str, form: str) -> date | None:
    try:
        return datetime.strptime(word, form).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


add_template_globals(date_set_choices=choices)


@pages.get("/calendar/feeds")
def calendar_feeds(made: str = "", *, problems: Sequence[Problem] = ()) -> str:
    messages.tree_for(Action.BULLETIN_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[CalendarFeeds].of(request_context.actor().user_id)
    return render_template(
        "schedule/calendar_feeds.html",
        made=made,
        feeds=found,
        areas=area_picker.indented(Action.BULLETIN_READ),
        problems=messages.by_field(problems),
    )


@pages.post("/calendar/feeds")
def make_calendar_feed() -> Answer:
    """Create a feed and show its address, on this page only."""
    context = request_context.context()
    with redisplay(calendar_feeds):
        _feed, secret = feeds.make_feed(context.uow, AreaId(request.form.get("area", "")), call=call())
    return calendar_feeds(f"{context.settings.effective_public_url}/api/v1/calendar/feeds/{secret}.ics")


@pages.post("/calendar/feeds/<feed_id>/remove")
def remove_calendar_feed(feed_id: str) -> Response:
    feeds.remove_feed(request_context.context().uow, feed_id, call=call())
    return confirmed(_("The address is cancelled. Calendars that used it are no longer updated."), "web.calendar_feeds")
