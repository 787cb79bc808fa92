"""Order at one moment: the current round by the clock, and the devices that have begun it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import RoundState, due_at, round_at, round_state_now
from cms.alerts.tables import OrderRow, ReachRow
from cms.fleet.tables.devices import DeviceStatusRow


class ReachReport(Protocol):
    """Report of a device on a reach: its state, its latest report of a round, and whether the order was ended there."""

    @property
    def state(self) -> ReachState: ...

    @property
    def latest(self) -> ReachState | None: ...

    @property
    def closed_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class OrderMoment:
    """Moment of an order. ``round`` is on since ``due_at``; ``next_at`` is when the next is due, if before the expiry.

    A stop or a live address, which are no orders, counts as not in force and has one round. ``is_past``: it ended so
    long ago that nothing of it sounds any more, whatever a device last reported.
    """

    is_in_force: bool = False
    is_silent: bool = False
    round: int = 1
    due_at: datetime | None = None
    next_at: datetime | None = None
    is_past: bool = False

    def has_begun(self) -> ColumnElement[bool]:
        """Build the condition that a device has begun the current round: one that sounds when it is due is in it."""
        if self.round == 1 or self.due_at is None:
            return true()
        return or_(ReachRow.round >= self.round, ReachRow.latest_at >= self.due_at)

    def settled(self, state: ReachState, latest: ReachState | None) -> tuple[ReachState, ReachState | None]:
        """Return the states, with a sounding without a reported end taken as cut once it cannot sound any more."""
        if not self.is_past:
            return state, latest
        return ReachState.CUT if state is ReachState.SOUNDING else state, None

    def standing(self, told: ReachReport, *, has_begun: bool | None, is_online: bool) -> RoundState:
        """Return what a device does now, from its report and ``has_begun``."""
        state, latest = self.settled(told.state, told.latest)
        return round_state_now(
            state,
            latest,
            is_in_force=self.is_in_force,
            has_begun=bool(has_begun),
            is_closed=told.closed_at is not None,
            is_online=bool(is_online),
        )


STILL_SOUNDS_FOR: Final = timedelta(minutes=10)
"""Longest time that an ended order may still sound; no round is as long."""
NO_ORDER: Final = OrderMoment()


def is_linked() -> ColumnElement[bool]:
    """Build the condition "not known to be offline" on a joined ``DeviceStatusRow``.

    A device that answers and never sent a birth message is connected.
    """
    return func.coalesce(DeviceStatusRow.online, true())


def order_moment(session: Session, order_id: str, now: datetime) -> OrderMoment:
    """Return the moment of an order; for one that has ended, its last round."""
    row = session.execute(
        select(OrderRow.issued_at, OrderRow.expires_at, OrderRow.ended_at, OrderRow.rounds, OrderRow.is_silent).where(
            OrderRow.id == order_id
        )
    ).first()
    if row is None:
        return NO_ORDER
    is_in_force = row.ended_at is None and now < row.expires_at
    at = min(now, row.expires_at, row.ended_at or now)
    number = 1 if row.is_silent else round_at(row.issued_at, row.rounds, at)
    next_at = None if row.is_silent or not is_in_force else due_at(row.issued_at, row.rounds, number + 1)
    return OrderMoment(
        is_in_force,
        row.is_silent,
        number,
        due_at(row.issued_at, row.rounds, number),
        next_at if next_at is not None and next_at < row.expires_at else None,
        min(row.ended_at or row.expires_at, row.expires_at) < now - STILL_SOUNDS_FOR,
    )
