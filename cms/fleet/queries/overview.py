"""Devices with their latest status, and areas with their device counts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, Text, func, select, type_coerce
from sqlalchemy.orm import Session

from cms.areas.tables import AreaRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, in_service, mute
from cms.health.tables import FaultRow
from cms.platform.store.rows import among, points_of, value_of
from devices.health.faults import FaultState
from devices.health.sound_proof import SILENCING
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from province.areas import AreaId, Point

IDS_A_QUERY = 5000


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """Device. ``status`` is None for one that never sent a status."""

    device: Device
    status: DeviceStatus | None

    @property
    def is_online(self) -> bool:
        return self.status is not None and self.status.online


@dataclass(frozen=True, slots=True)
class AreaLine:
    """Area with its own devices; a tree adds up those below."""

    id: AreaId
    name: str
    kind: str
    parent_id: AreaId | None
    valid_to: date | None
    devices: int
    online: int


class MapDevice(NamedTuple):
    """Device as a map shows it: one of ten thousand."""

    name: str
    point: Point
    state: str = ""


def device_names(
    session: Session, areas: Collection[AreaId] | None, limit: int
) -> Sequence[tuple[DeviceId, str, AreaId]]:
    """List ids, names and areas of the first devices in service in these areas (None: everywhere)."""
    row = DeviceRow
    query = select(row.id, row.name, row.area_id).where(row.retired_at.is_(None)).order_by(row.id)
    if areas is not None:
        query = query.where(DeviceRow.area_id.in_(areas))
    return [(device_id, name, area_id) for device_id, name, area_id in session.execute(query.limit(limit))]


def area_lines(session: Session, *, with_closed: bool = False) -> Sequence[AreaLine]:
    """List every area with its own devices counted, by name."""
    posts = (
        select(
            DeviceRow.area_id,
            func.count().label("devices"),
            func.count().filter(DeviceStatusRow.online).label("online"),
        )
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .where(in_service())
        .group_by(DeviceRow.area_id)
        .subquery()
    )
    query = (
        select(AreaRow, func.coalesce(posts.c.devices, 0), func.coalesce(posts.c.online, 0))
        .outerjoin(posts, posts.c.area_id == AreaRow.id)
        .order_by(AreaRow.name, AreaRow.id)
    )
    if not with_closed:
        query = query.where(AreaRow.valid_to.is_(None))
    return [
        AreaLine(area.id, area.name, area.kind, area.parent_id, area.valid_to, devices, online)
        for area, devices, online in session.execute(query)
    ]


def signature_checkers(session: Session) -> tuple[int, int]:
    """Return how many devices in service check people's signatures of alerts, and of how many that get alerts."""
    query = (
        select(func.count().filter(DeviceStatusRow.officers_ver.is_not(None)), func.count())
        .select_from(DeviceRow)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .where(in_service(), DeviceRow.kind != DeviceKind.STATION)
    )
    checking, total = session.execute(query).one()
    return checking, total


def device_counts(session: Session) -> Mapping[AreaId, int]:
    """Count the devices in service in each very area that has any."""
    rows = session.execute(select(DeviceRow.area_id, func.count()).where(in_service()).group_by(DeviceRow.area_id))
    return {row[0]: row[1] for row in rows}


def posts_in(session: Session, areas: Collection[AreaId], is_shown: Callable[[Point], bool]) -> Sequence[MapDevice]:
    """List the devices in service in these areas that stand at a shown point."""
    there = (DeviceRow.area_id.in_(areas), in_service(), DeviceRow.point.is_not(None))
    # Past the ORM, which takes as long again for a province.
    rows = session.connection().execute(select(DeviceRow.name, type_coerce(DeviceRow.point, Text)).where(*there)).all()
    places = points_of(*(row[1] for row in rows))
    return [MapDevice(row[0], point) for row, point in zip(rows, places, strict=True) if is_shown(point)]


def statuses(session: Session, device_ids: Collection[DeviceId]) -> dict[DeviceId, DeviceStatus]:
    """Return the latest status of those of these devices that ever sent one."""
    rows = session.scalars(select(DeviceStatusRow).where(among(DeviceStatusRow.device_id, device_ids)))
    return {row.device_id: value_of(DeviceStatus, row) for row in rows}


def status_of(row: DeviceStatusRow | None) -> DeviceStatus | None:
    """Build the status of a row; None for a device that never sent one."""
    return None if row is None else value_of(DeviceStatus, row)


def points(session: Session, device_ids: Collection[DeviceId]) -> dict[DeviceId, Point]:
    """Return the points of those of these devices whose point is known."""
    wanted = frozenset(device_ids)
    query = select(DeviceRow.id, DeviceRow.point).where(DeviceRow.point.is_not(None))
    if len(wanted) <= IDS_A_QUERY:
        query = query.where(among(DeviceRow.id, wanted))
    return {device_id: point for device_id, point in session.execute(query) if point and device_id in wanted}


def mute_in(session: Session, areas: Collection[AreaId]) -> int:
    """Count the devices in service of these very areas with an open fault that keeps them from being heard."""
    query = (
        select(func.count(func.distinct(DeviceRow.id)))
        .join(FaultRow, FaultRow.device_id == DeviceRow.id)
        .where(
            among(DeviceRow.area_id, areas),
            DeviceRow.retired_at.is_(None),
            FaultRow.kind.in_(SILENCING),
            FaultRow.state == FaultState.OPEN,
        )
    )
    return session.scalar(query) or 0


def quarantined_count(areas: Collection[AreaId]) -> Select[int]:
    """Build the count of these very areas' devices in service that sound nothing, as they are quarantined."""
    return select(func.count()).where(among(DeviceRow.area_id, areas), in_service(), mute())
