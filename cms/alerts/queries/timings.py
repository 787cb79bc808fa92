"""Timing of orders by stored instants, and the trace of one order from its approval to the last sample."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Row, and_, false, func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertKind
from broadcast.alerts.orders import Order, ReachState
from broadcast.alerts.timing import IN_TIME_MS, AlertTiming
from cms.alerts.tables import OrderRow, ReachRow
from cms.audit.queries import EventLine, events_of
from cms.fleet.tables import DeviceRow, DeviceStatusRow
from cms.platform.store.rows import value_of
from cms.platform.store.tables import EventRow
from cms.reports.tables import PresenceChangeRow
from cms.schedule.tables import AsRunRow
from devices.model import DeviceKind
from province.events import Event

MEASURED: Final = "alert.measured"
PUBLISHED: Final = "alert.published"
MEASURED_AFTER: Final = timedelta(minutes=2)
"""By then the first round has sounded everywhere, and its records have come."""
_SHOWN: Final = {"first": 0.0, "median": 0.5, "99 %": 0.99, "last": 1.0}
"""Loudspeakers of a trace, by their place in the order in which they began to sound."""
_STEPS: Final = {"approve": "queued_at", "queue": "taken_at", "sign": "built_at"}
"""Steps before the broker has the order, each with the field of ``PUBLISHED`` that ends it."""


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """Step on an order's way. ``detail``: the loudspeaker of it, or how many; empty for a step of the server."""

    name: str
    start_at: datetime
    end_at: datetime
    detail: str = ""


def published_event(order: Order, steps: Mapping[str, datetime], now: datetime) -> Event:
    """Return the event of an order that the broker has confirmed now. ``steps``: the instants of ``_STEPS``."""
    detail: dict[str, object] = {name: at.isoformat() for name, at in steps.items()}
    return Event(PUBLISHED, order.id, now, "gateway", "gateway", detail)


def measured_event(order: Order, timing: AlertTiming, now: datetime) -> Event:
    """Return the event that keeps an order's timing."""
    return Event(MEASURED, order.id, now, "scheduler", "scheduler", asdict(timing))


def unmeasured(session: Session, now: datetime) -> Sequence[Order]:
    """List the orders of the last day that were sent to sound, and whose timing is due and not kept yet."""
    is_kept = select(EventRow.seq).where(EventRow.subject_id == OrderRow.id, EventRow.name == MEASURED).exists()
    is_due = OrderRow.issued_at.between(now - timedelta(days=1), now - MEASURED_AFTER)
    rows = session.scalars(
        select(OrderRow).where(is_due, OrderRow.is_silent.is_(False), OrderRow.origin_id.is_(None), ~is_kept)
    )
    return [order for order in (value_of(Order, row) for row in rows) if not order.is_minor]


def timings(session: Session) -> Sequence[tuple[AlertKind, datetime, AlertTiming]]:
    """List the kept timings of all orders, oldest first, with their kind and their approval."""
    columns = (OrderRow.kind, OrderRow.issued_at, EventRow.detail)
    rows = session.execute(
        select(*columns).join(EventRow, EventRow.subject_id == OrderRow.id).where(EventRow.name == MEASURED)
    )
    return [(kind, at, msgspec.json.decode(detail, type=AlertTiming)) for kind, at, detail in rows]


def measure(session: Session, order: Order) -> AlertTiming:
    """Measure an order by what its loudspeakers have reported so far."""
    reaches = [each for each in _reaches(session, order) if each.was_online]
    started = [_ms(order, each.started_at) for each in reaches if each.started_at is not None]
    published = _published(session, order)
    return AlertTiming(
        online=len(reaches),
        in_time=sum(each <= IN_TIME_MS for each in started),
        answered=sum(each.state.rank > ReachState.SILENT.rank for each in reaches),
        sent_ms=None if published is None else _ms(order, published.at),
        first_ms=min(started, default=None),
        last_ms=max(started, default=None),
    )


def order_of(session: Session, name: str) -> Order | None:
    """Return the order of this id, or the newest order of the alert of this id."""
    is_it = or_(OrderRow.id == name, OrderRow.alert_id == name)
    row = session.scalar(select(OrderRow).where(is_it).order_by(OrderRow.issued_at.desc()).limit(1))
    return None if row is None else value_of(Order, row)


def trace(session: Session, order: Order) -> Iterator[TraceSpan]:
    """Yield the steps of an order, as far as they are known: of the server, of some loudspeakers, and of all."""
    at = order.issued_at
    event = _published(session, order)
    if event is not None:
        for name, end in _STEPS.items():
            ended_at = datetime.fromisoformat(str(event.detail[end]))
            yield TraceSpan(name, at, ended_at)
            at = ended_at
        yield TraceSpan("publish", at, event.at)
    begun = sorted(
        (each for each in _reaches(session, order) if each.started_at is not None), key=lambda each: each.started_at
    )
    for place, share in _SHOWN.items() if begun else ():
        each = begun[round(share * (len(begun) - 1))]
        yield TraceSpan("siren", at, each.started_at, f"{place}: {each.device_id}")
        if each.ended_at is not None:
            yield TraceSpan("sound", each.started_at, each.ended_at, f"{place}: {each.device_id}")
    if ended := [each.ended_at for each in begun if each.ended_at is not None]:
        yield TraceSpan("first round", begun[0].started_at, max(ended), f"{len(ended)} of {len(begun)}")


def _published(session: Session, order: Order) -> EventLine | None:
    """Return the event of the order that the broker confirmed, if it has."""
    return next((each for each in events_of(session, order.id) if each.name == PUBLISHED), None)


def _reaches(session: Session, order: Order) -> Sequence[Row[Any]]:
    """Read the loudspeakers of an order: state, start and end of the first round, and whether they were connected."""
    mine = and_(AsRunRow.occurrence_id == order.id, AsRunRow.device_id == ReachRow.device_id, AsRunRow.round <= 1)
    presence = (
        select(PresenceChangeRow.online)
        .where(PresenceChangeRow.device_id == ReachRow.device_id, PresenceChangeRow.at <= order.issued_at)
        .order_by(PresenceChangeRow.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (ReachRow.device_id, ReachRow.state, ReachRow.started_at)
    return session.execute(
        select(
            *columns,
            select(func.max(AsRunRow.ended_at)).where(mine).scalar_subquery().label("ended_at"),
            func.coalesce(presence, DeviceStatusRow.online, false()).label("was_online"),
        )
        .outerjoin(DeviceRow, DeviceRow.id == ReachRow.device_id)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id == order.id, func.coalesce(DeviceRow.kind, "") != DeviceKind.BOARD)
        .order_by(ReachRow.started_at, ReachRow.device_id)
    ).all()


def _ms(order: Order, at: datetime) -> int:
    """Return the ms from the approval; 0 for the clock of a device that is a little behind."""
    return max(0, (at - order.issued_at) // timedelta(milliseconds=1))
