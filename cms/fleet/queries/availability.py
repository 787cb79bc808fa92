"""Availability: share of time that devices were connected, and the worst devices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.fleet.tables.conditions import in_service
from cms.fleet.tables.devices import DeviceRow, DeviceStatusRow
from cms.health.repository.telemetry import FIELDS, unpack
from cms.health.tables.telemetry import DeviceLastRow
from cms.reports.repository.counting import MONTH
from cms.reports.tables import ReportFleetRow
from devices.model import DeviceId
from province.areas import AreaId

_RECONNECTED: Final = FIELDS.index("reconn_24h")


@dataclass(frozen=True, slots=True)
class Worst:
    """Device, and since when it is offline, or how often it connected in 24 hours."""

    device_id: DeviceId
    name: str
    area_id: AreaId
    since_at: datetime | None = None
    times: int = 0


def by_month(
    session: Session, areas: Collection[AreaId] | None, first_on: date
) -> Mapping[AreaId, Mapping[date, float]]:
    """Return the share of service time (0 to 1) that an area's own devices were connected, by month (its first day)."""
    row = ReportFleetRow
    query = (
        select(row.area_id, row.on, func.sum(row.service_ms), func.sum(row.online_ms))
        .where(row.grain == MONTH, row.on >= first_on)
        .group_by(row.area_id, row.on)
    )
    if areas is not None:
        query = query.where(row.area_id.in_(areas))
    found: dict[AreaId, dict[date, float]] = {}
    for area_id, on, service_ms, online_ms in session.execute(query):
        if service_ms:
            found.setdefault(area_id, {})[on] = float(online_ms) / float(service_ms)
    return found


def longest_away(session: Session, areas: Collection[AreaId] | None, limit: int = 10) -> Sequence[Worst]:
    """List devices in service that were once online and are not connected, the longest offline first."""
    device, status = DeviceRow, DeviceStatusRow
    query = (
        select(device.id, device.name, device.area_id, status.seen_at)
        .join(status, status.device_id == device.id)
        .where(in_service(), ~status.online)
        .order_by(status.seen_at, device.id)
        .limit(limit)
    )
    if areas is not None:
        query = query.where(device.area_id.in_(areas))
    return [Worst(device_id, name, area_id, since_at=at) for device_id, name, area_id, at in session.execute(query)]


def most_reconnected(
    session: Session, areas: Collection[AreaId] | None, heard_after_ms: int, limit: int = 10
) -> Sequence[Worst]:
    """List devices in service that reported more than one connection in 24 hours, since then, the most first."""
    device, last = DeviceRow, DeviceLastRow
    query = (
        select(device.id, device.name, device.area_id, last.body)
        .join(last, last.device_id == device.id)
        .where(in_service(), last.heard_ms >= heard_after_ms)
    )
    if areas is not None:
        query = query.where(device.area_id.in_(areas))
    told = [
        Worst(device_id, name, area_id, times=unpack(body)[_RECONNECTED] or 0)
        for device_id, name, area_id, body in session.execute(query)
    ]
    return sorted((each for each in told if each.times > 1), key=lambda each: (-each.times, each.device_id))[:limit]
