"""Calendar of an area: planned airings in a span of time."""

from datetime import date, timedelta

from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field

from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.timetable import ChangeEffect, TimetableAiring
from cms.areas.repository import Places
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.schedule.queries.calendar import timetable
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action

SPAN_MAX = timedelta(days=62)


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


class SilenceOut(BaseModel):
    row: str
    start_at: AwareDatetime
    end_at: AwareDatetime


class CalendarOut(BaseModel):
    rows: list[str]
    slots: list[CalendarSlotOut]
    silences: list[SilenceOut]
    is_cut: bool = Field(description="There is more than can be told at once; the first ones are here")


@routes.get("/calendar", summary="What is planned under an area", responses={200: CalendarOut})
def calendar(query: CalendarQuery) -> Response:
    if not timedelta() < query.until_at - query.from_at <= SPAN_MAX:
        raise InvalidError([Problem("until_at", "SPAN_TOO_LONG", {"max": SPAN_MAX.days})])
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        if query.area not in tree:
            raise NotFoundError("area", query.area)
        caller.require(Action.BULLETIN_READ, (AreaId(query.area),), tree)
        found = timetable(uow, AreaId(query.area), query.from_at, query.until_at)
    return jsonify(
        rows=list(found.rows),
        slots=[_slot(slot) for slot in found.slots],
        silences=plain(found.silences),
        is_cut=found.is_cut,
    )


def _slot(slot: TimetableAiring) -> dict[str, object]:
    planned = slot.planned
    return {
        "bulletin_id": planned.bulletin_id,
        "version": planned.version,
        "title": planned.title,
        "status": planned.status,
        "priority": planned.priority,
        "change": slot.change,
        "schedule_id": slot.schedule_id,
        **plain({name: getattr(slot, name) for name in ("original_on", "start_at", "end_at", "rows", "partly")}),
    }
