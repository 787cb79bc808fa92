"""Search of devices for technicians, and one device's recent past."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVarTuple

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    inspect,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from cms.audit.queries import EventLine, event_line, events_of, latest_events
from cms.fleet.queries.overview import DeviceLine, status_of
from cms.fleet.tables import DeviceRow, DeviceStatusRow, in_service, shut_off
from cms.health.tables import DeviceLastRow, FaultRow
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.events import PUBLISH_DENIED, SUBSCRIBE_DENIED
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.rows import names_of, points_of, value_of
from cms.platform.store.tables import EventRow
from cms.reports.tables import PresenceChangeRow
from cms.schedule.tables import AsRunRow
from devices.clusters import MapPoint
from devices.health.faults import FaultState
from devices.health.kinds import FaultKind
from devices.health.speak_label import CanSpeak, label_of
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId

Columns = TypeVarTuple("Columns")
ENROLMENT_REFUSED: Final = "device.enrolment_refused"
"""Event: the device's claim was already used for another key than the requesting one."""
RENEWAL_REFUSED: Final = "device.renewal_refused"
"""Event: the device has as many certificates as it may have; logged once a day."""
REFUSALS: Final = (
    "broker.refused",
    "enrolment.publish_denied",
    "enrolment.subscribe_denied",
    "device.claim_locked",
    ENROLMENT_REFUSED,
    RENEWAL_REFUSED,
    PUBLISH_DENIED,
    SUBSCRIBE_DENIED,
)


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Search filter; None or empty does not filter. ``words`` are searched in name, id and serial."""

    areas: Collection[AreaId] | None = None
    words: str = ""
    kind: DeviceKind | None = None
    is_online: bool | None = None
    firmware: str = ""
    can_speak: CanSpeak | None = None


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """Presence change: the device connected or disconnected."""

    at: datetime
    is_online: bool


@dataclass(frozen=True, slots=True)
class DeviceHistory:
    """Recent past, newest first."""

    presence: Sequence[PresenceChange]
    as_runs: Sequence[AsRun]
    events: Sequence[EventLine]


def found_devices(
    session: Session, wanted: DeviceFilter = DeviceFilter(), *, after: str = "", limit: int = 100
) -> ResultPage[DeviceLine]:
    """Find devices in service, by id. One that never sent a status is not online and has no firmware."""
    device, status = DeviceRow, DeviceStatusRow
    query = (
        select(device, status)
        .outerjoin(status, status.device_id == device.id)
        .where(device.retired_at.is_(None), device.id > after)
        .order_by(device.id)
        .limit(limit + 1)
    )
    query = _narrowed(query, wanted)
    rows = [DeviceLine(value_of(Device, found), status_of(told)) for found, told in session.execute(query)]
    return page_of(rows, limit, lambda line: line.device.id)


def _narrowed(query: Select[*Columns], wanted: DeviceFilter) -> Select[*Columns]:
    device, status = DeviceRow, DeviceStatusRow
    if wanted.areas is not None:
        query = query.where(device.area_id.in_(wanted.areas))
    if wanted.words:
        places = (device.id, device.name, device.serial)
        query = query.where(or_(*(each.icontains(wanted.words, autoescape=True) for each in places)))
    if wanted.kind is not None:
        query = query.where(device.kind == wanted.kind)
    if wanted.is_online is not None:
        online = func.coalesce(status.online, False)
        query = query.where(online if wanted.is_online else ~online)
    if wanted.firmware:
        query = query.where(status.firmware == wanted.firmware)
    if wanted.can_speak is not None:
        query = query.where(_can(wanted.can_speak))
    return query


def _can(speak: CanSpeak) -> ColumnElement[bool]:
    """Build ``devices.health.speak_label.held_label`` in SQL, for thousands: of many faults the gravest decides."""

    def has_fault(*grave: CanSpeak, lasting: bool) -> ColumnElement[bool]:
        kinds = [kind for kind in FaultKind if label_of([kind]).can_speak in grave]
        is_it = [FaultRow.device_id == DeviceRow.id, FaultRow.state == FaultState.OPEN, FaultRow.kind.in_(kinds)]
        return exists().where(*is_it, *([FaultRow.clear_at.is_(None)] if lasting else []))

    is_mute = or_(shut_off(), DeviceStatusRow.device_id.is_(None), has_fault(CanSpeak.NO, lasting=True))
    told = exists().where(DeviceLastRow.device_id == DeviceRow.id)
    is_doubtful = or_(~told, has_fault(CanSpeak.NO, CanSpeak.DOUBTFUL, lasting=False))
    match speak:
        case CanSpeak.NO:
            return is_mute
        case CanSpeak.DOUBTFUL:
            return and_(~is_mute, is_doubtful)
        case CanSpeak.YES:
            return and_(~is_mute, ~is_doubtful)


def firmware_spread(session: Session, areas: Collection[AreaId] | None = None) -> Sequence[tuple[str, int]]:
    """Count the devices in service by firmware, the most first. Devices that never reported one are left out."""
    count = func.count()
    query = (
        select(DeviceStatusRow.firmware, count)
        .join(DeviceRow, DeviceRow.id == DeviceStatusRow.device_id)
        .where(in_service(), DeviceStatusRow.firmware != "")
        .group_by(DeviceStatusRow.firmware)
        .order_by(count.desc(), DeviceStatusRow.firmware)
    )
    if areas is not None:
        query = query.where(DeviceRow.area_id.in_(areas))
    return [(firmware, devices) for firmware, devices in session.execute(query)]


_MOVES = (
    select(PresenceChangeRow.at, PresenceChangeRow.online)
    .where(PresenceChangeRow.device_id == bindparam("sought"))
    .order_by(PresenceChangeRow.at.desc())
    .limit(bindparam("most", type_=Integer))
)
_RUNS = (
    select(*(getattr(AsRunRow, name) for name in names_of(AsRun)))
    .where(AsRunRow.device_id == bindparam("sought"))
    .order_by(AsRunRow.planned_at.desc())
    .limit(bindparam("most", type_=Integer))
)


_RUNS_WITHIN = (
    select(*(getattr(AsRunRow, name) for name in names_of(AsRun)))
    .where(
        AsRunRow.device_id == bindparam("sought"),
        AsRunRow.planned_at >= bindparam("since"),
        AsRunRow.planned_at <= bindparam("until"),
    )
    .order_by(AsRunRow.planned_at.desc())
    .limit(bindparam("most", type_=Integer))
)


def as_runs_within(
    session: Session, device_id: DeviceId, since: datetime, until: datetime, limit: int
) -> Sequence[AsRun]:
    """List what the device sounded, or missed, in that time; the newest first."""
    bound = {"sought": device_id, "since": since, "until": until, "most": limit}
    return [AsRun(*found) for found in session.execute(_RUNS_WITHIN, bound)]


def past_of(session: Session, device_id: DeviceId, limit: int = 20) -> DeviceHistory:
    """Return a device's recent past: presence changes, as-run records, events."""
    wanted = {"sought": device_id, "most": limit}
    moves = session.execute(_MOVES, wanted)
    runs = session.execute(_RUNS, wanted)
    return DeviceHistory(
        [PresenceChange(at, bool(online)) for at, online in moves],
        [AsRun(*found) for found in runs],
        events_of(session, device_id, limit),
    )


def posts(session: Session, wanted: DeviceFilter) -> Sequence[MapPoint]:
    """List those of the searched devices whose point is known, for a map."""
    device = DeviceRow
    is_heard = and_(func.coalesce(DeviceStatusRow.online, False), ~shut_off())
    query = _narrowed(
        select(device.id, device.name, type_coerce(device.point, Text), is_heard)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == device.id)
        .where(device.retired_at.is_(None), device.point.is_not(None)),
        wanted,
    )
    rows = session.execute(query).all()
    places, mute = points_of(*(written for _id, _name, written, _heard in rows)), _mute(session)
    return [
        MapPoint(device_id, name, point, bool(is_heard) and device_id not in mute)
        for (device_id, name, _written, is_heard), point in zip(rows, places, strict=True)
    ]


def _mute(session: Session) -> frozenset[DeviceId]:
    """Return the devices with a lasting fault that keeps them from speaking: a few, asked for once."""
    row, kinds = FaultRow, [kind for kind in FaultKind if label_of([kind]).can_speak is CanSpeak.NO]
    is_it = (row.state == FaultState.OPEN, row.clear_at.is_(None), row.kind.in_(kinds))
    return frozenset(session.scalars(select(row.device_id).where(*is_it)))


def registered_devices(url: str) -> int:
    """Count the devices that are not retired; 0 where there is no table yet.

    Raises:
        OperationalError: the database does not answer.
    """
    engine = make_engine(url)
    try:
        if _is_unmade(engine) or not inspect(engine.execution_options(loa_reads=True)).has_table(
            DeviceRow.__tablename__
        ):
            return 0
        in_service = select(func.count()).select_from(DeviceRow).where(DeviceRow.retired_at.is_(None))
        with reading(engine) as session:
            return session.scalar(in_service) or 0
    finally:
        engine.dispose()


def _is_unmade(engine: Engine) -> bool:
    """Return whether SQLite's file does not exist: looking for tables would create it."""
    return engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists()


def refusals(session: Session, limit: int = 20) -> Sequence[EventLine]:
    """List the refusals, newest first."""
    return latest_events(session, EventRow.name.in_(REFUSALS), limit=limit)


def history(session: Session, subjects: Sequence[str], limit: int = 50) -> Sequence[EventLine]:
    """List the events of these subjects (a device and its boxes), newest first."""
    return latest_events(session, EventRow.subject_id.in_(subjects), EventRow.name.startswith("device."), limit=limit)


def is_code_spent_since(session: Session, device_id: DeviceId, at: datetime) -> bool:
    """Return whether another box than the certificate's has come with the device's claim code since then."""
    return _happened(session, device_id, ENROLMENT_REFUSED, at)


def is_renewal_refused_since(session: Session, device_id: DeviceId, at: datetime) -> bool:
    """Return whether it was logged since then that the device asked for too many certificates."""
    return _happened(session, device_id, RENEWAL_REFUSED, at)


def shut_off_at_once(session: Session, since_at: datetime) -> Sequence[tuple[str, AreaId]]:
    """List by person and area the devices quarantined since then by one person alone and without evidence."""
    rows = session.execute(
        select(EventRow, DeviceRow.area_id)
        .join(DeviceRow, DeviceRow.id == EventRow.subject_id)
        .where(EventRow.at > since_at, EventRow.name == "device.quarantined")
    )
    told = [(event_line(row), area_id) for row, area_id in rows]
    return [(line.by, area_id) for line, area_id in told if line.detail.get("at_once") and not line.detail.get("seen")]


def _happened(session: Session, subject_id: str, name: str, at: datetime) -> bool:
    mine = exists().where(EventRow.subject_id == subject_id, EventRow.name == name, EventRow.at >= at)
    return bool(session.scalar(select(mine)))
