"""Broadcast calendar: the plan as a timeline and as a list, for a day or a week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from flask import Response, g, jsonify, render_template, request, url_for

from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.bulletins.priority import CLASSES
from broadcast.scheduling.day_line import AHEAD, AiringState
from broadcast.scheduling.timetable import ChangeEffect, QuietSpan, TimetableAiring
from cms.platform.web import area_picker, formats, messages, request_context, wording
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.schedule import labels
from cms.schedule.queries.airings import board
from cms.schedule.queries.calendar import Timetable, WaitingChange, timetable, waiting_changes
from province.areas import Area, AreaId, AreaTree
from province.people import Action
from province.policy import may

VIEWS = {"day": 1, "close": 1, "week": 7}
LINES_SHOWN = 300


@dataclass(frozen=True)
class CalendarSpan:
    """Dates on the screen, and the area whose rows are shown."""

    area: Area
    view: str
    first_on: date

    @property
    def days(self) -> int:
        return VIEWS[self.view]

    @property
    def last_on(self) -> date:
        return self.first_on + timedelta(days=self.days - 1)

    @property
    def from_at(self) -> datetime:
        return datetime.combine(self.first_on, time(0), tzinfo=formats.LOCAL)

    @property
    def until_at(self) -> datetime:
        return self.from_at + timedelta(days=self.days)

    def link(self, *, days: int = 0, view: str = "", area: str = "", endpoint: str = "web.calendar") -> str:
        """Return a link to the same screen, moved by some days or with another choice."""
        return url_for(
            endpoint,
            area=area or self.area.id,
            view=view or self.view,
            day=(self.first_on + timedelta(days=days)).isoformat(),
        )


@pages.get("/calendar")
def calendar() -> str:
    span = _span()
    found = _found(span)
    return render_template(
        "schedule/calendar.html",
        span=span,
        today=request_context.today(),
        options=area_picker.indented(Action.BULLETIN_READ),
        above=area_picker.above(span.area, Action.BULLETIN_READ),
        slots=found.slots[:LINES_SHOWN],
        is_cut=found.is_cut or len(found.slots) > LINES_SHOWN,
        shown=LINES_SHOWN,
        rows=len(found.rows),
        row_names=row_names,
        may_move=may_move,
        stands=partial(found.stands, now=request_context.context().now()),
        passed_at=request_context.context().now(),
        move_link=move_link,
        page_of=page_of,
        clock_text=clock_text,
        states=_states(span),
        writes_at=_writes_at(span),
        changes=changes_in_sight(),
    )


@pages.get("/calendar/events")
def calendar_events() -> Response:
    """Return the timeline's data, as wall times of the province."""
    tree = messages.tree_for(Action.BULLETIN_READ)
    span = _span()
    found = _found(span)
    # Looked up once each: a province's week has thousands of airings.
    statuses = {status: wording.word(wording.STATUS, status) for status in BulletinStatus}
    states = _states(span)
    return jsonify(
        now=_wall(request_context.context().now()),
        rows=[{**_row(tree.get(row), span, tree), "freeze_min": found.freeze_min[row]} for row in found.rows],
        slots=[_slot(slot, statuses, states.get((slot.planned.bulletin_id, slot.start_at))) for slot in found.slots],
        silences=[_silence(silence) for silence in found.silences],
        is_cut=found.is_cut,
    )


def changes_in_sight() -> list[WaitingChange]:
    """Return changes of approved bulletins that wait for a second person, where the user writes or reviews."""
    tree, actor = messages.tree(), request_context.actor()
    rights = (Action.BULLETIN_REVIEW, Action.BULLETIN_SUBMIT)
    if not any(request_context.can_anywhere(right) for right in rights):
        return []
    mine = [area.id for area in tree if any(may(actor, right, area.id, tree) for right in rights)]
    with request_context.context().uow.reading() as uow:
        return waiting_changes(uow.session, mine)


def may_move(slot: TimetableAiring) -> bool:
    """Return whether the user may ask to move the airing; one that has begun cannot be moved."""
    tree, areas = messages.tree(), slot.planned.targets.areas
    is_open = slot.planned.status is not BulletinStatus.PLAYED and slot.change is not ChangeEffect.LEAVING
    return is_open and slot.start_at > request_context.context().now() and _may_submit(areas, tree)


def clock_text(at: datetime) -> str:
    return f"{formats.local(at):%H:%M %d/%m/%Y}"


def _may_submit(areas: tuple[AreaId, ...], tree: AreaTree) -> bool:
    """Check the right once for all airings with the same targets."""
    known: dict[tuple[AreaId, ...], bool] = g.setdefault("may_submit", {})
    if areas not in known:
        known[areas] = all(request_context.can(Action.BULLETIN_SUBMIT, area_id, tree) for area_id in areas)
    return known[areas]


def move_link(slot: TimetableAiring) -> str:
    """Return the page for a move; the timeline appends the new time after a drag."""
    page = page_of("web.move", slot.planned.bulletin_id)
    return f"{page}?schedule={slot.schedule_id}&on={slot.original_on.isoformat()}"


def page_of(endpoint: str, bulletin_id: BulletinId) -> str:
    """Build the URL once for all airings of a bulletin: a province's week has thousands."""
    known: dict[tuple[str, BulletinId], str] = g.setdefault("pages", {})
    if (endpoint, bulletin_id) not in known:
        known[endpoint, bulletin_id] = url_for(endpoint, bulletin_id=bulletin_id)
    return known[endpoint, bulletin_id]


def row_names(slot: TimetableAiring, rows: int) -> str:
    """Return the rows on the screen in which an airing is heard, in words."""
    if len(slot.rows) == rows and not slot.partly and rows > 1:
        return _("all %(n)s places", n=rows)
    return messages.area_names(
        (_("%(name)s (in part)", name=messages.area_name(r)) if r in slot.partly else r for r in slot.rows), 3
    )


def _found(span: CalendarSpan) -> Timetable:
    with request_context.context().uow.reading() as uow:
        return timetable(uow, span.area.id, span.from_at, span.until_at)


def _span() -> CalendarSpan:
    """Read the requested span; a day that cannot be read is today, such a view is the day's."""
    area, view = area_picker.asked(Action.BULLETIN_READ), request.args.get("view", "day")
    first_on = formats.typed_day(request.args.get("day", "")) or request_context.today()
    # Far from both ends of Python's calendar, so that the previous day and the next week exist.
    first_on = min(max(first_on, date(2000, 1, 3)), date(2999, 12, 1))
    view = view if view in VIEWS else "day"
    return CalendarSpan(area, view, first_on - timedelta(days=first_on.weekday()) if view == "week" else first_on)


def _row(area: Area, span: CalendarSpan, tree: AreaTree) -> dict[str, object]:
    is_open = area.id != span.area.id and any(child.is_in_force(span.first_on) for child in tree.children(area.id))
    return {"id": area.id, "title": area.name, "href": span.link(area=area.id) if is_open else ""}


def _states(span: CalendarSpan) -> Mapping[tuple[BulletinId, datetime], AiringState]:
    """Return what came of a day's airings, by bulletin and start; of a week's, and of days to come, nothing."""
    now = request_context.context().now()
    if span.days > 1 or span.from_at > now or not request_context.can_anywhere(Action.DELIVERY_READ):
        return {}
    tree = messages.tree()
    below = [area.id for area in tree.subtree(span.area.id)]
    with request_context.session() as session:
        # Only what has begun has a state of its own; the rest of a province's day is not read.
        begun = min(span.until_at, now + timedelta(microseconds=1))
        airings = board(session, None if len(below) == len(tree) else below, span.from_at, begun)
    return {(each.bulletin_id, each.start_at): state for each in airings if (state := each.state(now)) not in AHEAD}


def _writes_at(span: CalendarSpan) -> str:
    """Return the page on which a bulletin for this place begins; empty for people who may not write there."""
    may_write = request_context.can(Action.BULLETIN_WRITE, span.area.id, messages.tree())
    return url_for("web.new_bulletin", area=span.area.id, on=span.first_on.isoformat()) if may_write else ""


def _slot(
    slot: TimetableAiring, statuses: Mapping[BulletinStatus, str], state: AiringState | None
) -> dict[str, object]:
    planned = slot.planned
    on = slot.original_on.isoformat()
    return {
        "id": f"{planned.bulletin_id}-{slot.schedule_id}-{on}",
        "bulletin": planned.bulletin_id,
        "title": planned.title,
        "start": _wall(slot.start_at),
        "end": _wall(slot.end_at),
        "rows": slot.rows,
        "partly": slot.partly,
        "status": planned.status,
        "status_name": wording.word(labels.LINE, state) if state else statuses[planned.status],
        "sign": labels.LINE_SIGN[state] if state else "",
        "state": state or "",
        "is_priority": CLASSES[planned.priority].stands_out,
        "change": slot.change,
        "move": move_link(slot) if may_move(slot) else "",
        "href": page_of("web.bulletin", planned.bulletin_id),
    }


def _silence(silence: QuietSpan) -> dict[str, object]:
    return {"row": silence.row, "start": _wall(silence.start_at), "end": _wall(silence.end_at)}


def _wall(at: datetime) -> str:
    return formats.local(at).replace(tzinfo=None).isoformat(timespec="seconds")
