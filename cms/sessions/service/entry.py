"""Checks of schedules that name a broadcast session, before a bulletin is stored with them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from broadcast.bulletins.model import Bulletin, BulletinId, Targets
from broadcast.bulletins.schedules import Schedule
from broadcast.sessions.model import ITEMS_MAX, BroadcastSession, Overrun, SessionItem
from broadcast.sessions.placement import NoPlace
from broadcast.sessions.rules import end_of, entry_problems, inserted, placement_of
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service.places import company_of, next_order, order_on
from province.errors import Problem


def settled(uow: UnitOfWork, schedules: Iterable[Schedule]) -> tuple[Schedule, ...]:
    """Return the schedules, those within a session at its time of day; places are given when the bulletin is stored."""
    return tuple(_settled(uow, each) if each.session else each for each in schedules)


def session_problems(
    uow: UnitOfWork,
    schedules: Sequence[Schedule],
    targets: Targets,
    now: datetime,
    *,
    length_ms: int,
    old: Bulletin | None = None,
) -> list[Problem]:
    """Return why schedules cannot be in the sessions that they name; what the bulletin had already is not asked again.

    ``length_ms``: the length of an airing, estimated while its sound is not made.
    """
    found: list[Problem] = []
    known = {} if old is None else {(each.id, each.session, each.starts.date()) for each in old.schedules}
    for schedule in schedules:
        if not schedule.session:
            continue
        session = uow[BroadcastSessions].find(schedule.session)
        if session is None:
            problems = [Problem("session", "SESSION_UNKNOWN")]
        else:
            problems = entry_problems(session, targets, schedule, uow[Places].tree())
            is_new = (schedule.id, schedule.session, schedule.starts.date()) not in known
            if not problems and is_new and not schedule.rrule:
                problems = _room_problems(uow, session, schedule, length_ms, now)
        found += [replace(each, field=f"schedules.{schedule.id}.{each.field}") for each in problems]
    return found


def _settled(uow: UnitOfWork, schedule: Schedule) -> Schedule:
    session = uow[BroadcastSessions].find(schedule.session)
    if session is None:
        return schedule
    starts = datetime.combine(schedule.starts.date(), session.clock)
    return replace(schedule, starts=starts, moves=())


def _room_problems(
    uow: UnitOfWork, session: BroadcastSession, schedule: Schedule, length_ms: int, now: datetime
) -> list[Problem]:
    on = schedule.starts.date()
    where: dict[str, str | int] = {"name": session.name, "on": on.isoformat()}
    order = order_on(uow, session, on, now)
    company = company_of(uow, session, [order], now)
    if end_of(session, on) <= now or company.is_locked(on, now):
        return [Problem("session", "SESSION_LOCKED", where)]
    if len(order.items) >= ITEMS_MAX:
        return [Problem("session", "SESSION_ITEMS", {**where, "max": ITEMS_MAX})]
    if session.overrun is not Overrun.REFUSE:
        return []
    new = SessionItem(BulletinId(""), schedule.id)
    lengths = {each.key: company.length_ms(each.key) for each in order.items if each.key in company.schedules}
    wanted = next_order(order, inserted(order.items, new))
    placement = placement_of(session, wanted, {**lengths, new.key: length_ms}, {}, now)
    if (new.key, NoPlace.FULL) not in placement.unplaced:
        return []
    free_s = max(0, session.length_ms - placement.sounding_ms) // 1000
    return [Problem("session", "SESSION_FULL", {**where, "free": free_s, "needed": -(-length_ms // 1000)})]
