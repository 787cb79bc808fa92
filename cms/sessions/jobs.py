"""Background work on broadcast sessions: running orders locked when they are due, and places of the dates ahead."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from broadcast.bulletins.schedules import SessionId
from broadcast.sessions.model import BroadcastSession
from broadcast.sessions.rules import is_held, lock_of, start_of
from cms.areas.repository import Places
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service import running_orders
from cms.sessions.service.places import place_session
from province.wall_clock import local_date


class SessionLock:
    """Job that locks running orders, and works out places anew when a day has begun."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rolled_on: date | None = None
        self._locked: set[tuple[SessionId, date]] = set()

    def step(self) -> int:
        """Lock what is due; return the number of sessions locked."""
        now = self._context.now()
        today = local_date(now)
        days = (today, today + timedelta(days=1))
        with self._context.uow.reading() as unit:
            sessions = unit[BroadcastSessions].held(today)
            due = [(each.id, on) for each in sessions for on in days if self._is_due(unit, each, on)]
        if today != self._rolled_on:
            for each in sessions:
                with self._context.uow() as unit:
                    place_session(unit, each.id, now)
                    unit.commit()
            self._rolled_on = today
            self._locked = {key for key in self._locked if key[1] >= today}
        locked = sum(running_orders.lock_due(self._context.uow(), *each, now) for each in due)
        self._locked |= set(due)
        return locked

    def is_pending(self, session: Session) -> bool:
        return bool(BroadcastSessions(session).held(local_date(self._context.now())))

    def _is_due(self, unit: UnitOfWork, session: BroadcastSession, on: date) -> bool:
        now = self._context.now()
        starts_at = start_of(session, on)
        is_near = starts_at - _EARLY <= now < starts_at + _LATE
        if not is_near or (session.id, on) in self._locked or not is_held(session, on):
            return False
        return now >= lock_of(session, on, unit[Places].rules(session.area_id).freeze_min)


_EARLY = timedelta(hours=2)
"""No area freezes its plan longer ahead (``cms.areas.service.rules.FREEZE_MAX_MIN``)."""
_LATE = timedelta(hours=4)
"""No session is longer: what nobody locked until then is over."""
