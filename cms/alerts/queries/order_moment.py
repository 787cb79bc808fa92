"""Order at one moment: the current round by the clock, and the devices that have begun it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.lifecycle import urgency
from broadcast.alerts.model import AlertId, AlertKind, Purpose
from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import RoundState, due_at, round_at, round_state_now
from cms.alerts.tables import OrderRow, ReachRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, boards
from cms.platform.store.rows import among
from cms.schedule.tables import AsRunRow
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

_DONE, _CUT = 2, 1


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
        facts = {"has_begun": bool(has_begun), "is_closed": told.closed_at is not None, "is_online": bool(is_online)}
        return self.state_now(told.state, told.latest, **facts)

    def state_now(self, state: ReachState, latest: ReachState | None, **facts: bool) -> RoundState:
        """Return the same from the parts of a report; ``facts``: as ``round_state_now`` takes them."""
        so_far, last = self.settled(state, latest)
        return round_state_now(so_far, last, is_in_force=self.is_in_force, **facts)


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


@dataclass(frozen=True, slots=True)
class RoundResult:
    """Result of one round by its records: loudspeakers that sounded it whole, and those that sounded a part at most."""

    number: int
    due_at: datetime | None
    done: int
    cut: int


@dataclass(frozen=True, slots=True)
class SoundingAlert:
    """Alert or drill that loudspeakers sound at this moment: ``sounding`` of ``meant``, since ``since_at``."""

    alert_id: AlertId
    kind: AlertKind
    purpose: Purpose
    level: AlertLevel
    headline: str
    round: int
    sounding: int
    meant: int
    since_at: datetime | None


def round_results(session: Session, order_id: str) -> Sequence[RoundResult]:
    """List the rounds with any record, in order."""
    order = session.scalar(select(OrderRow).where(OrderRow.id == order_id))
    if order is None:
        return []
    run = AsRunRow
    best = (
        select(
            run.round,
            run.device_id,
            func.max(case((run.result == "done", _DONE), (run.result == "cut", _CUT), else_=0)).label("best"),
        )
        .outerjoin(DeviceRow, DeviceRow.id == run.device_id)
        .where(run.occurrence_id == order_id, func.coalesce(DeviceRow.kind, "") != DeviceKind.BOARD)
        .group_by(run.round, run.device_id)
        .subquery()
        .c
    )
    done, cut = (func.sum(case((best.best == rank, 1), else_=0)) for rank in (_DONE, _CUT))
    rows = session.execute(select(best.round, done, cut).group_by(best.round).order_by(best.round))
    return [
        RoundResult(number, due_at(order.issued_at, order.rounds, number), whole, part) for number, whole, part in rows
    ]


def sounding_alerts(
    session: Session, now: datetime, areas: Collection[AreaId] | None = None
) -> Sequence[SoundingAlert]:
    """List the alerts that loudspeakers there (None: anywhere) report to sound now; live first, then higher levels."""
    there = () if areas is None else (ReachRow.area_id.in_(areas),)
    told = aliased(ReachRow)
    # Counted for what sounds alone: most orders in force are silent at any moment.
    meant = (
        select(func.count())
        .where(told.order_id == ReachRow.order_id, told.device_id.not_in(boards()))
        .where(*(() if areas is None else (told.area_id.in_(areas),)))
        .scalar_subquery()
    )
    sounds = (
        select(
            ReachRow.order_id,
            func.count().label("count"),
            meant.label("meant"),
            func.min(ReachRow.latest_at).label("began_at"),
        )
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id.in_(_RECENT.with_only_columns(OrderRow.id)), ReachRow.latest == ReachState.SOUNDING)
        .where(is_linked(), ReachRow.device_id.not_in(boards()), *there)
        .group_by(ReachRow.order_id)
        .subquery()
    )
    rows = session.execute(
        select(OrderRow, sounds.c.count, sounds.c.meant, sounds.c.began_at).join(
            sounds, sounds.c.order_id == OrderRow.id
        ),
        _since(now),
    )
    found = []
    for order, count, meant, began_at in rows:
        number = round_at(order.issued_at, order.rounds, min(now, order.expires_at))
        found.append(
            SoundingAlert(
                order.alert_id, order.kind, order.purpose, order.level, order.headline, number, count, meant, began_at
            )
        )
    return sorted(found, key=lambda one: (urgency(one), one.headline))


def sounding_on(
    session: Session, devices: Iterable[DeviceId] | None, now: datetime
) -> Mapping[DeviceId, tuple[AlertId, str]]:
    """Return the alert and its headline for those of these devices (None: all) that are connected and sound one now."""
    orders = {order.id: order for order in _recent(session, now)}
    wanted = None if devices is None else list(devices)
    if not orders or wanted == []:
        return {}
    there = () if wanted is None else (among(ReachRow.device_id, wanted),)
    rows = session.execute(
        select(ReachRow.device_id, ReachRow.order_id)
        .join(DeviceRow, DeviceRow.id == ReachRow.device_id)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .where(
            DeviceRow.kind != DeviceKind.BOARD,
            among(ReachRow.order_id, orders),
            ReachRow.latest == ReachState.SOUNDING,
            is_linked(),
            *there,
        )
    )
    return {device_id: (orders[order_id].alert_id, orders[order_id].headline) for device_id, order_id in rows}


def _recent(session: Session, now: datetime) -> Sequence[OrderRow]:
    """List the orders that may sound: in force, or ended a moment ago, and not silent."""
    return session.scalars(_RECENT, _since(now)).all()


def _since(now: datetime) -> dict[str, datetime]:
    return {"since": now - STILL_SOUNDS_FOR}


# Run for every page about devices: built once.
_RECENT = select(OrderRow).where(
    or_(OrderRow.ended_at.is_(None), OrderRow.ended_at > bindparam("since")),
    func.coalesce(OrderRow.ended_at, OrderRow.expires_at) > bindparam("since"),
    OrderRow.is_silent.is_(False),
)
