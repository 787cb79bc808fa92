"""Present verdicts on proof of sound of an order: devices' measurements, and the faults that silence them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.orders import OrderReach, ReachState
from cms.alerts.tables import ReachRow
from cms.fleet.tables.devices import DeviceRow
from cms.health.tables.faults import FaultRow
from cms.platform.store.rows import value_of
from devices.health.sound_proof import SILENCING, SoundVerdict, is_silenced
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId


def shown_verdict(state: ReachState, sound: SoundVerdict | None) -> SoundVerdict | None:
    """Return NOT_MEASURED for a sounding without a verdict. None: there is nothing to judge, or not yet."""
    if sound is None and state in (ReachState.DONE, ReachState.CUT):
        return SoundVerdict.NOT_MEASURED
    return sound


def silenced(session: Session, order_id: str, areas: Collection[AreaId] | None = None) -> Sequence[OrderReach]:
    """List the loudspeakers of an order that sounded, or sound, during a fault that keeps them from being heard."""
    query = (
        select(ReachRow, FaultRow.since_at, func.coalesce(FaultRow.clear_at, FaultRow.closed_at))
        .join(FaultRow, FaultRow.device_id == ReachRow.device_id)
        .join(DeviceRow, DeviceRow.id == ReachRow.device_id)
        .where(
            ReachRow.order_id == order_id,
            ReachRow.started_at.is_not(None),
            FaultRow.kind.in_(SILENCING),
            FaultRow.opened_at.is_not(None),
            or_(FaultRow.closed_at.is_(None), FaultRow.closed_at >= ReachRow.started_at),
            DeviceRow.kind != DeviceKind.BOARD,
        )
        .order_by(ReachRow.device_id)
    )
    if areas is not None:
        query = query.where(ReachRow.area_id.in_(areas))
    reaches: dict[DeviceId, OrderReach] = {}
    spans: dict[DeviceId, list[tuple[datetime, datetime | None]]] = {}
    for row, since_at, until_at in session.execute(query):
        reaches[row.device_id] = value_of(OrderReach, row)
        spans.setdefault(row.device_id, []).append((since_at, until_at))
    return [
        each
        for device_id, each in reaches.items()
        if each.started_at is not None and is_silenced(spans[device_id], each.started_at, each.ended_at)
    ]
