"""Open faults for the screens: single faults, and the members of an incident."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, Text, and_, bindparam, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from broadcast.alerts.orders import OrderReach, ReachState
from cms.alerts.tables import ReachRow
from cms.fleet.tables import DeviceRow, in_service
from cms.health.tables import FaultRow
from cms.platform.store.rows import among, points_of, value_of
from devices.clusters import MapPoint
from devices.health.faults import Fault, FaultState
from devices.health.incidents import SERVER_WIDE, Incident
from devices.health.kinds import RULES, FaultKind, FaultRisk
from devices.health.sound_proof import SILENCING, SoundVerdict, is_silenced
from devices.model import DeviceId, DeviceKind
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
    return _read(session, _SINGLE if areas is None else _SINGLE.where(DeviceRow.area_id.in_(areas)))


def ended_faults(session: Session, since: datetime, kinds: Collection[FaultKind]) -> Sequence[FaultLine]:
    """List faults of these kinds outside incidents that ended since then; oldest first, at most ``FAULTS_READ``."""
    return _read(session, _ENDED, since=since, kinds=list(kinds))


def devices_in_incidents(session: Session) -> frozenset[DeviceId]:
    """Return the devices with an open fault that belongs to an incident."""
    query = select(FaultRow.device_id).where(FaultRow.state == FaultState.OPEN, FaultRow.incident_id != "")
    return frozenset(session.scalars(query))


def fault_line(session: Session, fault_id: str) -> FaultLine:
    """Return a fault. Raises NotFoundError."""
    found = _read(session, _LINES.where(FaultRow.id == fault_id))
    if not found:
        raise NotFoundError("fault", fault_id)
    return found[0]


def faults_of(session: Session, incident_id: str, areas: Collection[AreaId], limit: int) -> Sequence[FaultLine]:
    """List an incident's faults in these areas: open ones first, then the earliest."""
    query = _LINES.where(FaultRow.incident_id == incident_id, DeviceRow.area_id.in_(areas))
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


def faults_within(session: Session, device_id: DeviceId, since: datetime, limit: int) -> Sequence[Fault]:
    """List a device's faults, hold times served, that lasted into the time since then; the newest first."""
    row = FaultRow
    is_it = (row.device_id == device_id, row.opened_at.is_not(None))
    query = select(row).where(*is_it, or_(row.closed_at.is_(None), row.closed_at >= since))
    rows = session.scalars(query.order_by(row.since_at.desc(), row.id).limit(limit))
    return [value_of(Fault, each) for each in rows]


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
_LINES: _Lines = select(FaultRow, DeviceRow.name, DeviceRow.area_id).join(DeviceRow, DeviceRow.id == FaultRow.device_id)
# Run every two seconds: built once.
_SINGLE = (
    _LINES.where(FaultRow.state == FaultState.OPEN, FaultRow.incident_id == "")
    .order_by(FaultRow.opened_at, FaultRow.id)
    .limit(FAULTS_READ)
)
_ENDED = (
    _LINES.where(
        FaultRow.state == FaultState.CLOSED,
        FaultRow.closed_at >= bindparam("since"),
        FaultRow.opened_at.is_not(None),
        FaultRow.incident_id == "",
        FaultRow.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(FaultRow.closed_at, FaultRow.id)
    .limit(FAULTS_READ)
)


def _read(session: Session, query: _Lines, **bound: object) -> Sequence[FaultLine]:
    return [FaultLine(value_of(Fault, row), name, area_id) for row, name, area_id in session.execute(query, bound)]


def faulty_devices_of(session: Session, areas: Collection[AreaId] | None, incident_id: str = "") -> Sequence[MapPoint]:
    """List devices in these areas (None: everywhere) with an open fault, and those of an incident where one is named.

    ``is_heard`` means here that no fault keeps the device from speaking.
    """
    device, fault = DeviceRow, FaultRow
    query = (
        select(device.id, device.name, type_coerce(device.point, Text), fault.kind, fault.clear_at)
        .join(fault, fault.device_id == device.id)
        .where(fault.state == FaultState.OPEN, device.point.is_not(None), device.retired_at.is_(None))
    )
    if incident_id:
        query = query.where(fault.incident_id == incident_id)
    if areas is not None:
        query = query.where(device.area_id.in_(areas))
    found: dict[DeviceId, tuple[str, str]] = {}
    mute: set[DeviceId] = set()
    for device_id, name, written, kind, clear_at in session.execute(query.order_by(device.id)):
        found[device_id] = (name, written)
        # As in the label: a passing fault keeps no device from speaking.
        if clear_at is None and RULES[kind].danger is FaultRisk.SPEECH:
            mute.add(device_id)
    places = points_of(*(written for _name, written in found.values()))
    return [
        MapPoint(device_id, name, point, device_id not in mute)
        for (device_id, (name, _written)), point in zip(found.items(), places, strict=True)
    ]


def shown_verdict(state: ReachState, sound: SoundVerdict | None) -> SoundVerdict | None:
    """Return NOT_MEASURED for a sounding without a verdict. None: there is nothing to judge, or not yet."""
    if sound is None and state in (ReachState.DONE, ReachState.CUT):
        return SoundVerdict.NOT_MEASURED
    return sound


_OF_ORDER = ReachRow.order_id == bindparam("order")
_BEGAN_AT = select(func.min(ReachRow.started_at)).where(_OF_ORDER).scalar_subquery()
# Faults first, by their index: those open, and those closed since the order first sounded anywhere, are few.
_LASTED = or_(
    FaultRow.state == FaultState.OPEN, and_(FaultRow.state == FaultState.CLOSED, FaultRow.closed_at >= _BEGAN_AT)
)
_SILENCED = (
    select(ReachRow, FaultRow.since_at, func.coalesce(FaultRow.clear_at, FaultRow.closed_at))
    .join(FaultRow, FaultRow.device_id == ReachRow.device_id)
    .join(DeviceRow, DeviceRow.id == ReachRow.device_id)
    .where(
        _OF_ORDER,
        ReachRow.started_at.is_not(None),
        _LASTED,
        FaultRow.kind.in_(SILENCING),
        FaultRow.opened_at.is_not(None),
        or_(FaultRow.closed_at.is_(None), FaultRow.closed_at >= ReachRow.started_at),
        or_(ReachRow.ended_at.is_(None), FaultRow.since_at <= ReachRow.ended_at),
        DeviceRow.kind != DeviceKind.BOARD,
    )
    .order_by(ReachRow.device_id)
)


def silenced(session: Session, order_id: str, areas: Collection[AreaId] | None = None) -> Sequence[OrderReach]:
    """List the loudspeakers of an order that sounded, or sound, during a fault that keeps them from being heard."""
    query = _SILENCED if areas is None else _SILENCED.where(ReachRow.area_id.in_(areas))
    reaches: dict[DeviceId, OrderReach] = {}
    spans: dict[DeviceId, list[tuple[datetime, datetime | None]]] = {}
    for row, since_at, until_at in session.execute(query, {"order": order_id}):
        reaches[row.device_id] = value_of(OrderReach, row)
        spans.setdefault(row.device_id, []).append((since_at, until_at))
    return [
        each
        for device_id, each in reaches.items()
        if each.started_at is not None and is_silenced(spans[device_id], each.started_at, each.ended_at)
    ]
