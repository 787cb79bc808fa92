"""iCalendar feeds for other programs, each at an address of its own that is its secret."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Response, jsonify
from icalendar import Event
from pydantic import BaseModel, Field

from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.priority import CLASSES
from broadcast.scheduling.timetable import ChangeEffect, TimetableAiring
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.platform.api import caller
from cms.platform.api.caller import public_routes, routes
from cms.platform.api.responses import bytes_of
from cms.platform.api.strict import Strict
from cms.platform.calendars import MEDIA_TYPE, begun
from cms.platform.clean_text import clean
from cms.schedule.model import CalendarFeed
from cms.schedule.queries.calendar import timetable
from cms.schedule.repository.calendar_feeds import CalendarFeeds
from cms.schedule.service import calendar_feeds
from province.areas import AreaId, AreaTree
from province.people import Action

BACK, AHEAD = timedelta(days=7), timedelta(days=60)


class CalendarFeedPath(BaseModel):
    feed_id: str = Field(max_length=80)


class SecretPath(BaseModel):
    secret: str = Field(max_length=80)


class FeedBody(Strict):
    area_id: Id


class FeedOut(BaseModel):
    id: str
    area_id: str
    created_at: datetime


class NewFeedOut(FeedOut):
    """``url`` is told this once: whoever has it reads the calendar."""

    url: str


class FeedLines(BaseModel):
    items: list[FeedOut]


@routes.get("/calendar/feeds", summary="Your calendar feeds", responses={200: FeedLines})
def list_calendar_feeds() -> Response:
    with caller.context().uow.reading() as uow:
        caller.require(Action.BULLETIN_READ, (), uow[Places].tree())
        found = uow[CalendarFeeds].of(caller.actor().user_id)
    return jsonify(items=[_told(feed) for feed in found])


@routes.post("/calendar/feeds", summary="An iCalendar feed of an area", responses={201: NewFeedOut})
def make_calendar_feed(body: FeedBody) -> tuple[Response, int]:
    context = caller.context()
    feed, secret = calendar_feeds.make(context.uow, AreaId(body.area_id), call=caller.call())
    url = f"{context.settings.effective_public_url}/api/v1/calendar/feeds/{secret}.ics"
    return jsonify(**_told(feed), url=url), HTTPStatus.CREATED


@routes.delete("/calendar/feeds/<feed_id>", summary="Its address answers no more", responses={204: None})
def remove_calendar_feed(path: CalendarFeedPath) -> Response:
    context = caller.context()
    calendar_feeds.remove(context.uow, path.feed_id, call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@public_routes.get(
    "/calendar/feeds/<secret>.ics", summary="A calendar as iCalendar (RFC 5545)", responses=bytes_of(MEDIA_TYPE)
)
def calendar_feed(path: SecretPath) -> Response:
    """A week back and sixty days ahead. Its ETag changes when what is planned does, and with the day."""
    context = caller.context()
    midnight = context.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with context.uow.reading() as uow:
        feed = calendar_feeds.opened_by(uow, path.secret)
        tree = uow[Places].tree()
        found = timetable(uow, feed.area_id, midnight - BACK, midnight + AHEAD)
    text = calendar_text(found.slots, tree, feed.area_id, context.settings.effective_public_url)
    return Response(text, mimetype=MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})


def _told(feed: CalendarFeed) -> dict[str, object]:
    return {"id": feed.id, "area_id": feed.area_id, "created_at": feed.created_at.isoformat()}


def calendar_text(slots: Iterable[TimetableAiring], tree: AreaTree, area_id: AreaId, base: str) -> bytes:
    """Return the calendar as text; airings that are not approved yet, or only proposed, are TENTATIVE."""
    calendar = begun("calendar", tree.get(area_id).name)
    for slot in slots:
        calendar.add_component(_event(slot, tree, base))
    return bytes(calendar.to_ical())


def _event(slot: TimetableAiring, tree: AreaTree, base: str) -> Event:
    planned = slot.planned
    is_firm = planned.status is not BulletinStatus.SUBMITTED and slot.change is not ChangeEffect.COMING
    # An airing that goes and one that comes may stem from the same date of the same rule.
    name = f"{planned.bulletin_id}-{slot.schedule_id}-{slot.original_on:%Y%m%d}"
    event = Event()
    event.add("uid", f"{name}-new@loa" if slot.change is ChangeEffect.COMING else f"{name}@loa")
    # The instant when it was put on the calendar, not of this request: the same plan gives the same bytes.
    event.add("dtstamp", planned.since_at)
    event.add("dtstart", slot.start_at)
    event.add("dtend", max(slot.end_at, slot.start_at + timedelta(seconds=1)))
    event.add("summary", clean(planned.title))
    event.add("location", clean(", ".join(tree.get(row).name for row in slot.rows)))
    event.add("status", "CONFIRMED" if is_firm else "TENTATIVE")
    event.add("priority", CLASSES[planned.priority].icalendar)
    event.add("url", f"{base}/bulletins/{planned.bulletin_id}")
    return event
