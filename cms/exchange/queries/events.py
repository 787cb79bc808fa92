"""Queries for webhooks of events: faults and airings since an instant, which no log of events holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cms.fleet.tables import DeviceRow
from cms.health.tables import FaultRow
from cms.platform.store.rows import value_of
from devices.health.faults import Fault
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class FaultOfDevice:
    """Fault with the name and place of its device."""

    fault: Fault
    device_name: str
    area_id: AreaId


def faults_since(session: Session, since_at: datetime, most: int) -> Sequence[FaultOfDevice]:
    """List the faults that were opened or closed since then, first those that have been known for longest."""
    row = FaultRow
    query = (
        select(row, DeviceRow.name, DeviceRow.area_id)
        .join(DeviceRow, DeviceRow.id == row.device_id)
        .where(row.opened_at.is_not(None), or_(row.opened_at >= since_at, row.closed_at >= since_at))
        .order_by(row.opened_at, row.id)
        .limit(most)
    )
    return [FaultOfDevice(value_of(Fault, fault), name, area_id) for fault, name, area_id in session.execute(query)]
