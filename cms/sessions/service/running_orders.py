"""Running orders: bulletins added, taken out and ordered until the lock, which leaves out what nobody approved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from broadcast.bulletins.lifecycle import APPROVED, next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, BulletinStatus, Proposal
from broadcast.bulletins.schedules import Schedule, SessionId
from broadcast.scheduling.recurrence.moves import free_id
from broadcast.scheduling.rescheduling import SCHEDULES_MAX
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole, RunningOrder, SessionItem
from broadcast.sessions.placement import NoPlace
from broadcast.sessions.rules import (
    anchor_ms,
    end_of,
    in_order_of,
    inserted,
    length_of,
    lock_of,
    moved,
    order_id,
    start_of,
    without,
)
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import event_of, require_current, revised, with_hands
from cms.platform.store.uow import UnitOfWork
from cms.sessions.repository import BroadcastSessions, RunningOrders
from cms.sessions.service.entry import session_problems
from cms.sessions.service.places import (
    company_of,
    follow,
    next_order,
    place_session,
    starts_of,
    store_standing,
)
from province.call import Call
from province.errors import InvalidError, NotFoundError, Problem, refuse
from province.events import Event
from province.people import Action, program
from province.wall_clock import local_date

_SCHEDULER = program("scheduler")
UNAPPROVED: Final = "unapproved"
"""Reason of an item that lacked its approval at the lock, beside those of ``NoPlace``."""
Edit = Callable[[tuple[SessionItem, ...]], tuple[SessionItem, ...]]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Item of a day's running order as it stands: its bulletin, length, and start or the reason for having none.

    ``is_standing``: an item of every date. ``is_promised``: an approval covers it.
    """

    item: SessionItem
    bulletin: Bulletin
    length_ms: int
    is_estimated: bool
    is_standing: bool
    is_promised: bool
    start_at: datetime | None
    no_place: NoPlace | None


@dataclass(frozen=True, slots=True)
class SessionDay:
    """A session on one date: its order, and when it is locked. ``end_at``: of the last item; None: without items."""

    session: BroadcastSession
    order: RunningOrder
    lines: tuple[OrderLine, ...]
    start_at: datetime
    end_at: datetime | None
    lock_at: datetime
    is_locked: bool
    sounding_ms: int


def day_of(uow: UnitOfWork, session: BroadcastSession, on: date, now: datetime) -> SessionDay:
    """Return the running order of a date as it will be heard. Changes nothing."""
    stored = uow[RunningOrders].find(order_id(session.id, on))
    company = company_of(uow, session, () if stored is None else [stored], now)
    order = stored or company.standing_order(on)
    # What has begun stays where it was heard; so do all items of a session that is over.
    placement = company.placement(order, min(now, end_of(session, on)))
    starts, reasons = starts_of(session, on, placement), dict(placement.unplaced)
    standing = {each.key for each in session.standing}
    lines = tuple(
        OrderLine(
            item=each,
            bulletin=company.bulletins[each.bulletin_id],
            length_ms=company.length_ms(each.key),
            is_estimated=length_of(company.bulletins[each.bulletin_id]).is_estimated,
            is_standing=each.key in standing,
            is_promised=company.is_promised(each.key),
            start_at=starts.get(each.key),
            no_place=reasons.get(each.key),
        )
        for each in order.items
        if each.key in company.schedules
    )
    ends = [starts[each.item.key] + timedelta(milliseconds=each.length_ms) for each in lines if each.start_at]
    return SessionDay(
        session,
        order,
        lines,
        start_of(session, on),
        max(ends, default=None),
        lock_of(session, on, company.freeze_min),
        company.is_locked(on, now),
        placement.sounding_ms,
    )


def add_bulletin(
    uow: UnitOfWork, bulletin_id: BulletinId, *, session_id: SessionId, on: date, expected_version: int, call: Call
) -> Bulletin:
    """Put a bulletin into the session of a date, as its last item.

    An approved bulletin airs as approved until a second person confirms the added airing.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: it cannot be in that session, or is in it already.
    """
    with uow:
        old, session = uow[Bulletins].get(bulletin_id), uow[BroadcastSessions].get(session_id)
        call.require(Action.BULLETIN_SUBMIT, old.targets.areas, uow[Places].tree())
        require_current(old, expected_version)
        next_status(old.status, BulletinAction.RESCHEDULE)
        present = old.schedules if old.proposal is None else old.proposal.schedules
        again = next((each for each in present if _is_of(each, session_id, on)), None)
        if again is not None:
            return _put_back(uow, old, session, on, key=ItemKey(old.id, again.id), call=call)
        new = Schedule(free_id(present), datetime.combine(on, session.clock), session=session.id)
        refuse(_adding_problems(uow, old, present, new, call.now))
        bulletin = _with_schedules(old, (*present, new), call)
        uow[Bulletins].save(bulletin)
        bulletin = follow(uow, old, bulletin, call.now)
        uow.record(event_of("put_in_session", bulletin, call.actor, session=session.id, on=on.isoformat()))
        uow.commit()
    return bulletin


def _put_back(
    uow: UnitOfWork, bulletin: Bulletin, session: BroadcastSession, on: date, *, key: ItemKey, call: Call
) -> Bulletin:
    """Put an item that was taken out back into the order; what is approved for the session stays approved."""
    day = day_of(uow, session, on, call.now)
    if any(each.key == key for each in day.order.items):
        raise InvalidError([Problem("session", "SESSION_TWICE")])
    _refuse_locked(day)
    item = SessionItem(key.bulletin_id, key.schedule_id)
    uow[RunningOrders].store(next_order(day.order, inserted(day.order.items, item)))
    place_session(uow, session.id, call.now, also=(bulletin.id,))
    bulletin = uow[Bulletins].get(bulletin.id)
    uow.record(event_of("put_in_session", bulletin, call.actor, session=session.id, on=on.isoformat()))
    uow.commit()
    return bulletin


def take_out(uow: UnitOfWork, session_id: SessionId, on: date, key: ItemKey, *, call: Call) -> SessionDay:
    """Take an item out of the session of a date; the next ones move up. Its bulletin stays as it is.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
        InvalidError: the session is locked.
    """
    return _edit(uow, session_id, on, key, edit=lambda items: without(items, key), name="taken_out", call=call)


def move_item(uow: UnitOfWork, session_id: SessionId, on: date, key: ItemKey, *, to: int, call: Call) -> SessionDay:
    """Move an item to a position, counted from 0.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
        InvalidError: the session is locked.
    """
    return _edit(uow, session_id, on, key, edit=lambda items: moved(items, key, to), name="moved", call=call)


def set_item(
    uow: UnitOfWork,
    session_id: SessionId,
    on: date,
    key: ItemKey,
    *,
    role: ItemRole,
    anchor: time | None,
    call: Call,
) -> SessionDay:
    """Set the role of an item, and the time of day at which it begins exactly, if any.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
        InvalidError: the session is locked, or the time lies outside it.
    """

    def edit(items: tuple[SessionItem, ...]) -> tuple[SessionItem, ...]:
        return tuple(replace(each, role=role, anchor=anchor) if each.key == key else each for each in items)

    return _edit(uow, session_id, on, key, edit=edit, name="set", call=call, anchor=anchor)


def lock_due(uow: UnitOfWork, session_id: SessionId, on: date, now: datetime) -> bool:
    """Lock the running order of a date once it is due: items without approval are left out, the rest moves up.

    The event names what is not heard, also for want of time or as its fixed time is taken. Returns whether it was
    locked now.
    """
    with uow:
        session = uow[BroadcastSessions].get(session_id)
        day = day_of(uow, session, on, now)
        if not day.is_locked or day.order.locked_at is not None:
            return False
        unapproved = tuple(each.bulletin.id for each in day.lines if not each.is_promised)
        locked = replace(next_order(day.order, day.order.items), locked_at=now, left_out=unapproved)
        uow[RunningOrders].store(locked)
        place_session(uow, session_id, now)
        left_out = _left_out(day_of(uow, session, on, now))
        detail: dict[str, object] = {
            "on": on.isoformat(),
            "left_out": [each.bulletin.title for each in left_out],
            "reasons": {each.bulletin.id: each.no_place or UNAPPROVED for each in left_out},
            "area": session.area_id,
        }
        uow.record(Event.of(_SCHEDULER, "broadcast_session.locked", session.id, now, **detail))
        uow.commit()
    return True


def _left_out(day: SessionDay) -> Sequence[OrderLine]:
    """Return what is not heard though it was meant to be: fill items are for time that is left."""
    return [each for each in day.lines if each.start_at is None and each.item.role is not ItemRole.FILL]


def _edit(
    uow: UnitOfWork,
    session_id: SessionId,
    on: date,
    key: ItemKey,
    *,
    edit: Edit,
    name: str,
    call: Call,
    anchor: time | None = None,
) -> SessionDay:
    with uow:
        session = uow[BroadcastSessions].get(session_id)
        call.require(Action.BULLETIN_WRITE, [session.area_id], uow[Places].tree())
        day = day_of(uow, session, on, call.now)
        line = next((each for each in day.lines if each.item.key == key), None)
        if line is None:
            raise NotFoundError("item", key.bulletin_id)
        _refuse_locked(day)
        if anchor is not None and not 0 <= anchor_ms(session, anchor) < session.length_ms:
            raise InvalidError([Problem("anchor", "ANCHOR_OUTSIDE", {"name": session.name})])
        items = edit(day.order.items)
        if items != day.order.items:
            uow[RunningOrders].store(next_order(day.order, items))
            store_standing(uow, session, in_order_of(session.standing, items))
            if line.is_standing:
                _set_on_other_dates(uow, session, on, items, call.now)
            place_session(uow, session_id, call.now, also=(key.bulletin_id,))
            detail: dict[str, object] = {"on": on.isoformat(), "title": line.bulletin.title, "area": session.area_id}
            uow.record(call.event(f"broadcast_session.item_{name}", session.id, **detail))
            uow.commit()
        return day_of(uow, uow[BroadcastSessions].get(session_id), on, call.now)


def _refuse_locked(day: SessionDay) -> None:
    if day.is_locked:
        where: dict[str, str | int] = {"name": day.session.name, "on": day.order.on.isoformat()}
        raise InvalidError([Problem("session", "SESSION_LOCKED", where)])


def _is_of(schedule: Schedule, session_id: SessionId, on: date) -> bool:
    return schedule.session == session_id and not schedule.rrule and schedule.starts.date() == on


def _set_on_other_dates(
    uow: UnitOfWork, session: BroadcastSession, on: date, items: Sequence[SessionItem], now: datetime
) -> None:
    """Give the standing items of orders already made the role and anchor that they have now."""
    standing = {each.key for each in session.standing}
    current = {each.key: each for each in items if each.key in standing}
    for order in uow[RunningOrders].ahead(session.id, local_date(now)):
        changed = tuple(current.get(each.key, each) for each in order.items)
        if order.on != on and changed != order.items:
            uow[RunningOrders].store(next_order(order, changed))


def _adding_problems(
    uow: UnitOfWork, old: Bulletin, present: Sequence[Schedule], new: Schedule, now: datetime
) -> list[Problem]:
    if len(present) >= SCHEDULES_MAX:
        return [Problem("schedules", "TOO_MANY", {"max": SCHEDULES_MAX})]
    found = session_problems(uow, [new], old.targets, now, length_ms=length_of(old).ms)
    return [replace(each, field="session") for each in found]


def _with_schedules(old: Bulletin, schedules: tuple[Schedule, ...], call: Call) -> Bulletin:
    if old.status in APPROVED:
        who = call.actor
        proposal = Proposal(schedules, old.priority, old.targets, who.user_id, who.name, call.now)
        editors = old.editors if old.proposal is None else with_hands(old, old.proposal.by)
        return revised(old, BulletinAction.RESCHEDULE, call.now, proposal=proposal, editors=editors)
    editors = with_hands(old, call.actor.user_id)
    changed = revised(old, BulletinAction.RESCHEDULE, call.now, schedules=schedules, editors=editors)
    if old.status is not BulletinStatus.SUBMITTED:
        return changed
    return replace(changed, submitter_id=call.actor.user_id, submitter_name=call.actor.name)
