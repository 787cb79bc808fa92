"""Open faults for the screens: single faults, and the members of an incident."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cms.fleet.tables.conditions import in_service
from cms.fleet.tables.devices import DeviceRow
from cms.health.tables.faults import FaultRow
from cms.platform.store.rows import among, value_of
from devices.health.faults import Fault, FaultState
from devices.health.incidents import SERVER_WIDE, Incident
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import NotFoundError

FAULTS_READ = 2_000
_RANK = {kind: place for place, kind in enumerate(FaultKind)}


@dataclass(frozen=True, slots=True)
class FaultLine:
    fault: Fault
    device_name: str
    area_id: AreaId


@dataclass(frozen=True, slots=True)
class AreaPart:
    """Part of an incident in one area: ``affected`` devices now, of ``members`` that were ever in it."""

    area_id: AreaId
    affected: int
    members: int


@dataclass(frozen=True, slots=True)
class OpenKinds:
    """Kinds of open faults. ``passing``: the last report says that they are gone; the hold time runs."""

    lasting: list[FaultKind] = field(default_factory=list)
    passing: list[FaultKind] = field(default_factory=list)

    def add(self, kind: FaultKind, clear_at: datetime | None) -> None:
        """Add an open fault; ``clear_at`` is its own."""
        (self.lasting if clear_at is None else self.passing).append(kind)


def single_faults(session: Session, areas: Collection[AreaId] | None) -> Sequence[FaultLine]:
    """List open faults outside incidents in these areas (None: everywhere), oldest first, at most ``FAULTS_READ``."""
    query = _lines().where(FaultRow.state == FaultState.OPEN, FaultRow.incident_id == "")
    if areas is not None:
        query = query.where(DeviceRow.area_id.in_(areas))
    return _read(session, query.order_by(FaultRow.opened_at, FaultRow.id).limit(FAULTS_READ))


def ended_faults(session: Session, since: datetime, kinds: Collection[FaultKind]) -> Sequence[FaultLine]:
    """List faults of these kinds outside incidents that ended since then; oldest first, at most ``FAULTS_READ``."""
    query = _lines().where(
        FaultRow.state == FaultState.CLOSED,
        FaultRow.closed_at >= since,
        FaultRow.opened_at.is_not(None),
        FaultRow.incident_id == "",
        FaultRow.kind.in_(kinds),
    )
    return _read(session, query.order_by(FaultRow.closed_at, FaultRow.id).limit(FAULTS_READ))


def devices_in_incidents(session: Session) -> frozenset[DeviceId]:
    """Return the devices with an open fault that belongs to an incident."""
    query = select(FaultRow.device_id).where(FaultRow.state == FaultState.OPEN, FaultRow.incident_id != "")
    return frozenset(session.scalars(query))


def fault_line(session: Session, fault_id: str) -> FaultLine:
    """Return a fault. Raises NotFoundError."""
    found = _read(session, _lines().where(FaultRow.id == fault_id))
    if not found:
        raise NotFoundError("fault", fault_id)
    return found[0]


def faults_of(session: Session, incident_id: str, areas: Collection[AreaId], limit: int) -> Sequence[FaultLine]:
    """List an incident's faults in these areas: open ones first, then the earliest."""
    query = _lines().where(FaultRow.incident_id == incident_id, DeviceRow.area_id.in_(areas))
    is_open = FaultRow.state == FaultState.OPEN
    return _read(session, query.order_by(is_open.desc(), FaultRow.since_at, FaultRow.id).limit(limit))


def parts_of(session: Session, incident: Incident) -> Sequence[AreaPart]:
    """Split an incident by area, the most affected first; a server-wide one has all devices in service."""
    if incident.scope in SERVER_WIDE:
        return _everybody(session, is_over=incident.over_at is not None)
    affected = func.count(DeviceRow.id.distinct()).filter(FaultRow.state == FaultState.OPEN)
    rows = session.execute(
        select(DeviceRow.area_id, affected, func.count(DeviceRow.id.distinct()))
        .join(FaultRow, FaultRow.device_id == DeviceRow.id)
        .where(FaultRow.incident_id == incident.id)
        .group_by(DeviceRow.area_id)
        .order_by(affected.desc(), DeviceRow.area_id)
    )
    return [AreaPart(*row) for row in rows]


def _everybody(session: Session, *, is_over: bool) -> Sequence[AreaPart]:
    count = func.count()
    rows = session.execute(
        select(DeviceRow.area_id, count)
        .where(in_service())
        .group_by(DeviceRow.area_id)
        .order_by(count.desc(), DeviceRow.area_id)
    )
    return [AreaPart(area_id, 0 if is_over else devices, devices) for area_id, devices in rows]


def open_faults(session: Session, device_id: DeviceId) -> Sequence[Fault]:
    """List a device's open faults, in the order in which to repair them."""
    query = select(FaultRow).where(FaultRow.device_id == device_id, FaultRow.state == FaultState.OPEN)
    return sorted((value_of(Fault, row) for row in session.scalars(query)), key=lambda each: _RANK[each.kind])


def open_kinds(session: Session, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, OpenKinds]:
    """Return the kinds of open faults, past their hold time, of those of these devices that have any."""
    rows = session.execute(
        select(FaultRow.device_id, FaultRow.kind, FaultRow.clear_at).where(
            among(FaultRow.device_id, device_ids), FaultRow.state == FaultState.OPEN
        )
    )
    found: dict[DeviceId, OpenKinds] = {}
    for device_id, kind, clear_at in rows:
        found.setdefault(device_id, OpenKinds()).add(kind, clear_at)
    return found


_Lines = Select[FaultRow, str, AreaId]


def _lines() -> _Lines:
    return select(FaultRow, DeviceRow.name, DeviceRow.area_id).join(DeviceRow, DeviceRow.id == FaultRow.device_id)


def _read(session: Session, query: _Lines) -> Sequence[FaultLine]:
    return [FaultLine(value_of(Fault, row), name, area_id) for row, name, area_id in session.execute(query)]
