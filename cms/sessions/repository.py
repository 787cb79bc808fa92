"""Repositories of broadcast sessions and of their running orders."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_

from broadcast.bulletins.schedules import SessionId
from broadcast.sessions.model import BroadcastSession, RunningOrder, RunningOrderId
from cms.platform.store.records import VersionedRepository
from cms.sessions.tables import BroadcastSessionRow, RunningOrderRow
from province.areas import AreaId


class BroadcastSessions(
    VersionedRepository[SessionId, BroadcastSession], row=BroadcastSessionRow, noun="broadcast session"
):
    """Broadcast sessions of areas."""

    def in_areas(
        self, area_ids: Iterable[AreaId], since_on: date, limit: int | None = None
    ) -> Sequence[BroadcastSession]:
        """Return those of these very areas that are held on or after a date, by time of day."""
        return self._held(BroadcastSessionRow.area_id.in_(sorted(area_ids)), since_on, limit)

    def held(self, since_on: date, limit: int | None = None) -> Sequence[BroadcastSession]:
        """Return all that are held on or after a date, by time of day."""
        return self._held(BroadcastSessionRow.id.is_not(None), since_on, limit)

    def _held(self, where: ColumnElement[bool], since_on: date, limit: int | None) -> Sequence[BroadcastSession]:
        row = BroadcastSessionRow
        is_open = or_(row.last_on.is_(None), row.last_on >= since_on)
        return self._list(where, is_open, order=(row.clock, row.id), limit=limit)


class RunningOrders(VersionedRepository[RunningOrderId, RunningOrder], row=RunningOrderRow, noun="running order"):
    """Running orders of dates that have one of their own."""

    def ahead(self, session_id: SessionId, since_on: date) -> Sequence[RunningOrder]:
        """Return those of a session from a date on, by date."""
        row = RunningOrderRow
        return self._list(row.session_id == session_id, row.on >= since_on, order=(row.on,))

    def store(self, order: RunningOrder) -> None:
        """Add a first version, or save the next one. Raises ConflictError if another person stored it meanwhile."""
        if order.version == 1:
            self.add(order)
        else:
            self.save(order)
