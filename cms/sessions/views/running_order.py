"""Running order of a session on one date: items with their states, moved by buttons or by dragging."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from flask import render_template, request, url_for
from werkzeug.datastructures import MultiDict

from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole
from broadcast.sessions.rules import end_of, is_held, session_dates
from cms.bulletins.queries import BulletinFilter, BulletinLine, bulletin_list
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.web import formats, messages, request_context, typed_time, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.schedule.queries.airings import Airing, airings_within
from cms.schedule.views.dashboard import where
from cms.sessions import labels
from cms.sessions.service import running_orders
from cms.sessions.service import sessions as session_service
from cms.sessions.service.running_orders import OrderLine, SessionDay
from cms.sessions.views import sessions as session_views
from cms.sessions.views.sessions import next_dates, seen_session
from province.errors import ConflictError, InvalidError, Problem
from province.people import Action
from province.policy import visible_areas

_OFFERED = 50
_NEAR_DAYS = 15
_FREE_MS = 2_000
"""Time between two items from which on it is shown as free."""
_OFFERED_STATES = (
    BulletinStatus.DRAFT,
    BulletinStatus.RETURNED,
    BulletinStatus.SUBMITTED,
    BulletinStatus.APPROVED,
    BulletinStatus.SCHEDULED,
)


@dataclass(frozen=True)
class ShownLine:
    """Line of the page. ``free_ms``: time before it in which nothing is heard. ``proof``: what was reported of it."""

    line: OrderLine
    number: int
    free_ms: int
    state: str
    tone: str
    proof: Airing | None


@pages.get("/sessions/<session_id>")
def broadcast_session(session_id: str) -> str:
    return _page(seen_session(session_id))


@pages.post("/sessions/<session_id>")
def change_broadcast_session(session_id: str) -> Answer:
    found = seen_session(session_id)
    try:
        with redisplay(_page, found, request.form):
            draft = session_views.read(request.form, clock=found.clock)
            request_context.step(session_service.change, found, draft=draft)
    except ConflictError:
        return _page(seen_session(session_id), request.form, is_conflict=True), HTTPStatus.CONFLICT
    return confirmed(_("Saved."), "web.broadcast_session", session_id=found.id, on=_day(found))


@pages.post("/sessions/<session_id>/items/<bulletin_id>/<schedule_id>")
def change_order(session_id: str, bulletin_id: str, schedule_id: str) -> Answer:
    """Carry out one button of an item; ``act`` names it."""
    found, key = seen_session(session_id), ItemKey(BulletinId(bulletin_id), schedule_id)
    with redisplay(_page, found):
        sentence = _acted(found, _day(found), key)
    return confirmed(sentence, "web.broadcast_session", session_id=found.id, on=_day(found))


@pages.post("/sessions/<session_id>/add")
def add_to_session(session_id: str) -> Answer:
    """Put a bulletin, chosen on the session's page, into the session."""
    found, on = seen_session(session_id), _day(seen_session(session_id))
    with redisplay(_page, found):
        put_into(BulletinId(request.form.get("bulletin", "")), found, on)
    return confirmed(_("It is in the session now."), "web.broadcast_session", session_id=found.id, on=on)


def put_into(bulletin_id: BulletinId, session: BroadcastSession, on: date) -> bool:
    """Put a bulletin into a session as the user; return whether a second person has to confirm it."""
    with request_context.context().uow.reading() as uow:
        bulletin = uow[Bulletins].get(bulletin_id)
    added = running_orders.add_bulletin(
        new_unit(),
        bulletin.id,
        session_id=session.id,
        on=on,
        expected_version=request_context.seen_version(bulletin),
        call=call(),
    )
    return added.proposal is not None


def _acted(found: BroadcastSession, on: date, key: ItemKey) -> str:
    form = request.form
    act, place = form.get("act", ""), form.get("place", "0")
    at = int(place) if place.isdecimal() and len(place) < 4 else 0  # noqa: PLR2004
    if act in {"up", "down", "to"}:
        to = {"up": at - 1, "down": at + 1, "to": at}[act]
        running_orders.move_item(new_unit(), found.id, on, key, to=to, call=call())
        return _("The order is changed.")
    if act == "out":
        running_orders.take_out(new_unit(), found.id, on, key, call=call())
        return _("Taken out; what follows moves up.")
    role, anchor = form.get("role", ""), form.get("anchor", "").strip()
    running_orders.set_item(
        new_unit(),
        found.id,
        on,
        key,
        role=ItemRole(role) if role in set(ItemRole) else ItemRole.ITEM,
        anchor=_clock(anchor) if anchor else None,
        call=call(),
    )
    return _("Saved.")


def _clock(text: str) -> time:
    """Read a time of day. Raises InvalidError if it is none."""
    try:
        return typed_time.read_clock(text)
    except ValueError:
        raise InvalidError([Problem("anchor", "NOT_A_TIME")]) from None


def _day(found: BroadcastSession) -> date:
    """Return the date that the page is about: the one asked for, else its next one."""
    try:
        return date.fromisoformat(request.values.get("on", ""))
    except ValueError:
        return next(iter(next_dates(found, 1)), request_context.today())


def _page(
    found: BroadcastSession,
    typed: MultiDict[str, str] | None = None,
    problems: Sequence[Problem] = (),
    *,
    is_conflict: bool = False,
) -> str:
    on, now, tree = _day(found), request_context.context().now(), messages.tree_for(Action.BULLETIN_READ)
    may_write = request_context.can(Action.BULLETIN_WRITE, found.area_id, tree)
    is_open = may_write and is_held(found, on) and end_of(found, on) > now
    seen = visible_areas(request_context.actor(), Action.BULLETIN_READ, tree)
    with request_context.context().uow.reading() as uow:
        day = running_orders.day_of(uow, found, on, now)
        begun = {each.bulletin.id for each in day.lines if each.start_at and each.start_at <= now}
        followed = where(messages.held(Action.DELIVERY_READ), tree)
        proofs = airings_within(uow.session, begun, followed, day.start_at, end_of(found, on))
        offered: Sequence[BulletinLine] = ()
        if is_open and not day.is_locked:
            offered = bulletin_list(
                uow.session, seen, request_context.actor().user_id, BulletinFilter(), limit=_OFFERED
            ).rows
    present = {each.bulletin.id for each in day.lines}
    return render_template(
        "sessions/session.html",
        session=found,
        day=day,
        on=on,
        lines=list(_lines(day, now, proofs)),
        now=now,
        end_at=end_of(found, on),
        left_out=[each for each in day.lines if each.bulletin.id in day.order.left_out],
        days=_days_around(found, on),
        is_held=is_held(found, on),
        may_write=may_write,
        is_open=is_open and not day.is_locked,
        roles=[(each.value, wording.word(labels.ROLE, each)) for each in ItemRole],
        offered=[each for each in offered if each.id not in present and each.status in _OFFERED_STATES],
        days_in_words=session_views.days_in_words,
        conflict=is_conflict,
        form=session_views.form_parts(session_views.shown(found) if typed is None else typed, problems),
    )


def _days_around(found: BroadcastSession, on: date) -> list[tuple[date, str]]:
    first = on - timedelta(days=_NEAR_DAYS)
    dates = session_dates(found, first, 2 * _NEAR_DAYS + 1)
    before, after = [each for each in dates if each < on][-1:], [each for each in dates if each > on][:1]
    return [(each, url_for("web.broadcast_session", session_id=found.id, on=each)) for each in (*before, *after)]


def _lines(day: SessionDay, now: datetime, proofs: Iterable[Airing]) -> Iterator[ShownLine]:
    """Yield the items as they will be heard, those without a place last."""
    aired = {(each.bulletin_id, each.start_at): each for each in proofs}
    ended_at = day.start_at
    numbers = {each.item.key: n for n, each in enumerate(day.lines)}
    placed = sorted((each for each in day.lines if each.start_at), key=lambda each: each.start_at or now)
    for each in (*placed, *(each for each in day.lines if not each.start_at)):
        free_ms = 0
        if each.start_at is not None:
            free_ms = round((each.start_at - ended_at) / timedelta(milliseconds=1))
            ended_at = each.start_at + timedelta(milliseconds=each.length_ms)
        state, tone = _state(each, day, now)
        proof = None if each.start_at is None else aired.get((each.bulletin.id, each.start_at))
        yield ShownLine(each, numbers[each.item.key], free_ms if free_ms >= _FREE_MS else 0, state, tone, proof)


def _state(line: OrderLine, day: SessionDay, now: datetime) -> tuple[str, str]:
    if line.start_at is None:
        late = _("Left out: not approved when the session was locked")
        return late if line.no_place is None else wording.word(labels.NO_PLACE, line.no_place), "bad"
    if now >= line.start_at + timedelta(milliseconds=line.length_ms):
        return _("Its time is over"), ""
    if now >= line.start_at:
        return _("On air"), "brand"
    if line.is_promised:
        return _("Approved"), "good"
    if line.bulletin.status is BulletinStatus.SUBMITTED or line.bulletin.proposal is not None:
        return _("Waits for approval until %(at)s", at=formats.local(day.lock_at).strftime("%H:%M")), "wait"
    return wording.word(wording.STATUS, line.bulletin.status), ""
