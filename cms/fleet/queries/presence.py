"""Presence of many devices: read once, changed in memory, written in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.orm import Session

from cms.fleet.queries.overview import statuses
from cms.fleet.tables import DeviceRow, DeviceStatusRow, in_service
from cms.health.repository.telemetry import FIELDS, unpack
from cms.health.tables import DeviceLastRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import columns_of
from cms.reports.repository.counting import MONTH
from cms.reports.repository.reports import note_presence
from cms.reports.tables import ReportFleetRow
from devices.model import DeviceId, DeviceStatus
from province.areas import AreaId

_RECONNECTED: Final = FIELDS.index("reconn_24h")


def move_seen(connection: Connection, heard: Mapping[DeviceId, datetime]) -> None:
    """Set when these devices were last seen, if they were ever born; a later instant stays."""
    row = DeviceStatusRow
    moved = (
        update(row)
        .where(row.device_id == bindparam("spoke"), row.seen_at < bindparam("at"))
        .values(seen_at=bindparam("at"))
    )
    connection.execute(moved, [{"spoke": device_id, "at": at} for device_id, at in sorted(heard.items())])


class StatusTable:
    """Latest status of these devices, by the rule of ``Devices.report``: an older connection never wins."""

    def __init__(self, session: Session, device_ids: Collection[DeviceId]) -> None:
        self._session = session
        self._held = statuses(session, device_ids) if device_ids else {}
        self._changed: set[DeviceId] = set()
        self._moves: list[tuple[DeviceId, datetime, bool]] = []

    def get(self, device_id: DeviceId) -> DeviceStatus | None:
        return self._held.get(device_id)

    def report(self, status: DeviceStatus, since: datetime | None = None) -> None:
        """Store the status unless a later connection has reported already. ``since``: its start, if not ``seen_at``."""
        held = self._held.get(status.device_id)
        if held is None or held.conn <= status.conn:
            if held is None or held.online != status.online:
                self._moves.append((status.device_id, since or status.seen_at, status.online))
            self._held[status.device_id] = status
            self._changed.add(status.device_id)

    def flush(self) -> None:
        """Write the changes."""
        rows = [columns_of(self._held[device_id]) for device_id in sorted(self._changed)]
        self._changed.clear()
        note_presence(self._session, sorted(self._moves))
        self._moves = []
        if not rows:
            return
        word = insert_or(self._session, DeviceStatusRow)
        told = word.on_conflict_do_update(
            index_elements=["device_id"],
            set_={name: word.excluded[name] for name in rows[0] if name != "device_id"},
            where=DeviceStatusRow.conn <= word.excluded.conn,
        )
        self._session.connection().execute(told, rows)


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
