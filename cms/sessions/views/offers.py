"""Next sessions that a bulletin may go into, with one press; and the sessions that its form offers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus

from flask import request, url_for

from broadcast.bulletins.lifecycle import possible_actions
from broadcast.bulletins.model import Bulletin, BulletinAction
from broadcast.bulletins.schedules import SessionId
from broadcast.sessions.model import BroadcastSession
from broadcast.sessions.rules import lock_of, start_of
from cms.areas.repository import Places
from cms.bulletins.views.bulletins import readable, see, show
from cms.notifications.service import choices
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from cms.sessions.repository import BroadcastSessions
from cms.sessions.views.running_order import put_into
from cms.sessions.views.sessions import next_dates, seen_session
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action
from province.policy import visible_areas

_NEXT = "next"
_OFFERED = 3
_DATES = 3


@dataclass(frozen=True)
class SessionOffer:
    """A date of a session that is still open."""

    session: BroadcastSession
    on: date
    label: str


@pages.post("/bulletins/<bulletin_id>/session")
def put_in_session(bulletin_id: str) -> Answer:
    """Put the bulletin into the session of a date or, as ``next``, into the next one that has room.

    If refused, say why on the bulletin's own page. ``event``: the news that this settles.
    """
    found, _tree = readable(bulletin_id)
    session_id, _at, on = request.form.get("session", "").partition("@")
    try:
        if session_id == _NEXT:
            said = _put_into_next(found)
        else:
            is_waiting = put_into(found.id, seen_session(session_id), _date(on))
            said = _("It is in the session now.") if not is_waiting else _waits()
    except InvalidError as error:
        return show(see(found.id), unfinished=messages.problem_sentences(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    if event := request.form.get("event", ""):
        choices.acknowledge(new_unit(), event, call=call())
        return confirmed(said, "web.today")
    return confirmed(said, "web.bulletin", bulletin_id=found.id)


def _put_into_next(bulletin: Bulletin) -> str:
    """Put the bulletin into the soonest open session that takes it, and say which. Raises InvalidError."""
    refused = InvalidError([Problem("session", "NO_OPEN_SESSION")])
    for offer in session_offers(bulletin):
        try:
            is_waiting = put_into(bulletin.id, offer.session, offer.on)
        except InvalidError as error:
            refused = error
            continue
        where = {"at": f"{offer.session.clock:%H:%M}", "on": formats.day(offer.on)}
        said = _("It is in the %(at)s broadcast session of %(on)s now.", **where)
        return f"{said} {_waits()}" if is_waiting else said
    raise refused


def _waits() -> str:
    return _("Another person has to confirm that it is in the session.")


def session_offers(bulletin: Bulletin) -> list[SessionOffer]:
    """Return the next open sessions for all places of a bulletin, soonest first; none if it cannot be moved."""
    tree = messages.tree()
    known = [area for area in bulletin.targets.areas if area in tree]
    if BulletinAction.RESCHEDULE not in possible_actions(bulletin.status) or not known:
        return []
    if not request_context.can_everywhere(Action.BULLETIN_SUBMIT, bulletin.targets.areas, tree):
        return []
    present = bulletin.schedules if bulletin.proposal is None else bulletin.proposal.schedules
    return _offers(known, {(each.session, each.starts.date()) for each in present if not each.closed_on})


def form_session_offers(areas: Sequence[AreaId]) -> list[SessionOffer]:
    """Return the next open sessions for all places ticked in a bulletin's form, soonest first."""
    known = [area for area in areas if area in messages.tree()]
    return _offers(known) if known else []


def _offers(areas: Sequence[AreaId], taken: Collection[tuple[SessionId, date]] = ()) -> list[SessionOffer]:
    tree, now = messages.tree(), request_context.context().now()
    over = frozenset.intersection(*(tree.lineage(area) for area in areas))
    with request_context.context().uow.reading() as uow:
        sessions = uow[BroadcastSessions].in_areas(over, request_context.today())
        freeze = {each.area_id: uow[Places].rules(each.area_id).freeze_min for each in sessions}
    found = [
        (start_of(each, on), each, on)
        for each in sessions
        for on in next_dates(each, _DATES)
        if (each.id, on) not in taken and now < lock_of(each, on, freeze[each.area_id])
    ]
    found.sort(key=lambda offer: (offer[0], offer[1].id))
    return [SessionOffer(each, on, _label(each, at)) for at, each, on in found[:_OFFERED]]


def session_links(bulletin: Bulletin) -> list[tuple[str, str]]:
    """Return the running orders that the bulletin is in: label and address; of an item of every date the next one."""
    today, found = request_context.today(), []
    for schedule in bulletin.schedules:
        on = next((move.on for move in schedule.moves if move.on >= today), schedule.starts.date())
        if schedule.session and on >= today:
            label = _("Running order of %(at)s on %(on)s", at=f"{schedule.starts:%H:%M}", on=formats.day(on))
            found.append((label, url_for("web.broadcast_session", session_id=schedule.session, on=on)))
    return found


def session_choices() -> list[tuple[SessionId, str]]:
    """Return the sessions that a bulletin's form offers beside a time of its own."""
    tree = messages.tree()
    seen = visible_areas(request_context.actor(), Action.BULLETIN_WRITE, tree)
    above = {up for area in seen for up in tree.lineage(area)}
    with request_context.context().uow.reading() as uow:
        found = uow[BroadcastSessions].in_areas(above, request_context.today())
    return [(each.id, f"{each.clock:%H:%M} · {each.name} · {messages.area_names([each.area_id])}") for each in found]


def _label(session: BroadcastSession, at: datetime) -> str:
    clock, on, today = f"{session.clock:%H:%M}", formats.local(at).date(), request_context.today()
    if on == today:
        return _("Put into today's %(at)s session", at=clock)
    if (on - today).days == 1:
        return _("Put into tomorrow's %(at)s session", at=clock)
    return _("Put into the %(at)s session of %(on)s", at=clock, on=formats.day(on))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return request_context.today()


add_template_globals(
    session_offers=session_offers,
    form_session_offers=form_session_offers,
    session_choices=session_choices,
    session_links=session_links,
)
