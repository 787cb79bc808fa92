"""Calendar of an area: planned airings, its iCalendar feeds, and sets of dates on which rules keep silent."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from http import HTTPStatus

from flask import Response, jsonify
from icalendar import Event
from pydantic import AwareDatetime, BaseModel, Field

from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.priority import CLASSES, PriorityClass
from broadcast.scheduling.closed_days import BUILT_IN, YEARS_AHEAD, DateSet, DateSetId, dates_of
from broadcast.scheduling.timetable import ChangeEffect, QuietSpan, TimetableAiring
from cms.areas.repository import Places
from cms.platform.api import caller
from cms.platform.api.caller import public_routes, routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Lines, One, answer, bytes_of
from cms.platform.api.strict import AreaBody, Id, Strict
from cms.platform.calendars import MEDIA_TYPE, begun
from cms.platform.clean_text import clean
from cms.schedule.queries.calendar import timetable
from cms.schedule.repository.calendar import CalendarFeed, CalendarFeeds, DateSets
from cms.schedule.service import calendar as calendar_service
from province.areas import AreaId, AreaTree
from province.errors import InvalidError, Problem
from province.people import Action

SPAN_MAX = timedelta(days=62)
BACK, AHEAD = timedelta(days=7), timedelta(days=60)


class CalendarQuery(BaseModel):
    """Area and span of time, whose beginning is included and whose end is not."""

    area: str = Field(max_length=80, description="Its children are the rows; where it has none, it is the only row")
    from_at: AwareDatetime
    until_at: AwareDatetime = Field(description="At most 62 days later")


class CalendarSlotOut(BaseModel):
    """One airing. ``partly``: rows that hear it in some of their places only."""

    bulletin_id: str
    version: int
    title: str
    status: BulletinStatus
    priority: PriorityClass
    change: ChangeEffect = Field(description="What a change that waits for a second person would do to it")
    schedule_id: str
    original_on: date
    start_at: AwareDatetime
    end_at: AwareDatetime
    rows: list[str]
    partly: list[str]


class CalendarOut(BaseModel):
    rows: list[str]
    slots: list[CalendarSlotOut]
    silences: list[QuietSpan]
    is_cut: bool = Field(description="There is more than can be told at once; the first ones are here")


@routes.get("/calendar", summary="What is planned under an area", responses={200: CalendarOut})
def calendar(query: CalendarQuery) -> Response:
    if not timedelta() < query.until_at - query.from_at <= SPAN_MAX:
        raise InvalidError([Problem("until_at", "SPAN_TOO_LONG", {"max": SPAN_MAX.days})])
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        here = tree.known(query.area)
        caller.require(Action.BULLETIN_READ, (here,), tree)
        found = timetable(uow, here, query.from_at, query.until_at)
    return jsonify(
        rows=list(found.rows),
        slots=[_slot(slot) for slot in found.slots],
        silences=plain(found.silences),
        is_cut=found.is_cut,
    )


def _slot(slot: TimetableAiring) -> dict[str, object]:
    names = CalendarSlotOut.model_fields
    return {name: plain(getattr(slot if hasattr(slot, name) else slot.planned, name)) for name in names}


class CalendarFeedPath(BaseModel):
    feed_id: str = Field(max_length=80)


class SecretPath(BaseModel):
    secret: str = Field(max_length=80)


class FeedOut(BaseModel):
    id: str
    area_id: str
    created_at: datetime


class NewFeedOut(FeedOut):
    """``url`` is told this once: whoever has it reads the calendar."""

    url: str


@routes.get("/calendar/feeds", summary="Your calendar feeds", responses={200: Lines[FeedOut]})
def list_calendar_feeds() -> Response:
    with caller.reading(Action.BULLETIN_READ) as (uow, _tree):
        found = uow[CalendarFeeds].of(caller.actor().user_id)
    return jsonify(items=[_told(feed) for feed in found])


@routes.post("/calendar/feeds", summary="An iCalendar feed of an area", responses={201: NewFeedOut})
def make_calendar_feed(body: AreaBody) -> tuple[Response, int]:
    context = caller.context()
    feed, secret = calendar_service.make_feed(context.uow, AreaId(body.area_id), call=caller.call())
    url = f"{context.settings.effective_public_url}/api/v1/calendar/feeds/{secret}.ics"
    return jsonify(**_told(feed), url=url), HTTPStatus.CREATED


@routes.delete("/calendar/feeds/<feed_id>", summary="Its address answers no more", responses={204: None})
def remove_calendar_feed(path: CalendarFeedPath) -> Response:
    calendar_service.remove_feed(caller.context().uow, path.feed_id, call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@public_routes.get(
    "/calendar/feeds/<secret>.ics", summary="A calendar as iCalendar (RFC 5545)", responses=bytes_of(MEDIA_TYPE)
)
def calendar_feed(path: SecretPath) -> Response:
    """A week back and sixty days ahead. Its ETag changes when what is planned does, and with the day."""
    context = caller.context()
    midnight = context.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with context.uow.reading() as uow:
        feed = calendar_service.feed_opened_by(uow, path.secret)
        tree = uow[Places].tree()
        found = timetable(uow, feed.area_id, midnight - BACK, midnight + AHEAD)
    text = calendar_text(found.slots, tree, feed.area_id, context.settings.effective_public_url)
    return Response(text, mimetype=MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})


def _told(feed: CalendarFeed) -> dict[str, object]:
    return {name: plain(getattr(feed, name)) for name in FeedOut.model_fields}


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


class DateSetPath(BaseModel):
    set_id: str = Field(max_length=80)


class DateSetBody(Strict):
    """It takes the place of the area's set of that name."""

    area_id: Id
    name: str = Field(max_length=200)
    dates: list[date] = Field(max_length=1000)


class BuiltInOut(BaseModel):
    """A set of Việt Nam, for the years that rules saved now look at."""

    id: str
    dates: list[date]


class DateSetLines(BaseModel):
    built_in: list[BuiltInOut]
    items: list[DateSet]


@routes.get("/date-sets", summary="Việt Nam's sets, and those of the areas you may see", responses={200: DateSetLines})
def list_date_sets() -> Response:
    context = caller.context()
    years = range(context.now().year, context.now().year + YEARS_AHEAD)
    with context.uow.reading() as uow:
        own = uow[DateSets].in_areas(caller.readable_areas(uow[Places].tree()))
    built_in = [BuiltInOut(id=name, dates=sorted(dates_of(name, {}, years))) for name in BUILT_IN]
    return answer(DateSetLines(built_in=built_in, items=list(own)))


@routes.put("/date-sets", summary="Name a set of dates of an area", responses={200: One[DateSet]})
def put_date_set(body: DateSetBody) -> Response:
    made = calendar_service.put_date_set(
        caller.context().uow(), area_id=AreaId(body.area_id), name=body.name, dates=body.dates, call=caller.call()
    )
    return answer(One[DateSet](made))


@routes.delete("/date-sets/<set_id>", summary="Forget a set; rules keep the dates they have", responses={204: None})
def remove_date_set(path: DateSetPath) -> Response:
    calendar_service.remove_date_set(caller.context().uow(), DateSetId(path.set_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
