"""Data for the rules of health: devices in service, their reports and events, and each area's next airing."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertStatus
from cms.accounts.queries import RosterDevice
from cms.alerts.tables import AlertAreaRow, AlertRow
from cms.bulletins.tables.bulletins import DayPlanRow, PlanItemRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, in_service
from cms.health.tables import DeviceLastRow
from cms.platform.store.events import PUBLISH_DENIED, SUBSCRIBE_DENIED
from cms.platform.store.rows import among, values_of
from cms.platform.store.tables import EventRow
from cms.reports.tables import PresenceChangeRow
from devices.model import DeviceId, DeviceStatus
from devices.telemetry import TelemetrySnapshot
from province.areas import AreaId
from province.wall_clock import instant_of

SECURITY = "device.security"
LASTS_AT_MOST: Final = timedelta(days=1)
"""No airing is longer: a plan's items that began earlier have ended and are not read."""

# Run every two seconds: built once.
_IN_SERVICE = select(DeviceRow.id, DeviceRow.name, DeviceRow.area_id).where(in_service()).order_by(DeviceRow.id)
_MARKS = (
    select(
        DeviceRow.id,
        DeviceLastRow.heard_ms,
        DeviceStatusRow.online,
        DeviceStatusRow.firmware,
        case((DeviceStatusRow.online, None), else_=DeviceStatusRow.seen_at),
    )
    .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
    .outerjoin(DeviceLastRow, DeviceLastRow.device_id == DeviceRow.id)
    .where(in_service())
)
_MOVED = select(PresenceChangeRow.device_id).where(PresenceChangeRow.at >= bindparam("since"))
_REFUSED = (
    select(EventRow.subject_id, func.count())
    .where(EventRow.name == SECURITY, EventRow.at >= bindparam("since"))
    .group_by(EventRow.subject_id)
)
_MANIFESTS = (
    select(DayPlanRow.area_id, func.max(DayPlanRow.built_at))
    .where(DayPlanRow.on >= bindparam("since"), DayPlanRow.sent_at.is_not(None))
    .group_by(DayPlanRow.area_id)
)
_BREACHED = select(EventRow.subject_id).where(
    EventRow.name.in_((SECURITY, SUBSCRIBE_DENIED, PUBLISH_DENIED)), EventRow.at >= bindparam("since")
)

_COUNTED = select(EventRow.subject_id, EventRow.detail).where(
    EventRow.name.in_(bindparam("names", expanding=True)), EventRow.at >= bindparam("since")
)
_ALERTED = (
    select(AlertAreaRow.area_id)
    .join(AlertRow, AlertRow.id == AlertAreaRow.alert_id)
    .where(AlertRow.status == AlertStatus.ACTIVE)
)


def devices_in_service(session: Session) -> Mapping[DeviceId, RosterDevice]:
    """Return all devices in service, by id."""
    found = session.execute(_IN_SERVICE)
    return {device_id: RosterDevice(device_id, name, area_id) for device_id, name, area_id in found}


def status_of(session: Session, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, DeviceStatus]:
    """Return the latest status of these devices, thousands of them."""
    found = values_of(session, DeviceStatus, DeviceStatusRow, among(DeviceStatusRow.device_id, device_ids))
    return {each.device_id: each for each in found}


class Mark(NamedTuple):
    """Mark by which new telemetry or status of a device is noticed. ``gone_at``: last heard, where not connected."""

    heard_at: datetime | None = None
    online: bool | None = None
    firmware: str | None = None
    gone_at: datetime | None = None


def mark_of(snapshot: TelemetrySnapshot | None, status: DeviceStatus | None) -> Mark:
    """Build the mark of one device, as ``marks`` does for all."""
    heard_at = None if snapshot is None else snapshot.heard_at
    if status is None:
        return Mark(heard_at)
    return Mark(heard_at, status.online, status.firmware, None if status.online else status.seen_at)


def marks(session: Session) -> Mapping[DeviceId, Mark]:
    """Return the marks of all devices in service, thousands of them, without decoding a body."""
    return {
        device_id: Mark(None if heard_ms is None else instant_of(heard_ms), *told)
        for device_id, heard_ms, *told in session.execute(_MARKS)
    }


def moved_since(session: Session, at: datetime) -> set[DeviceId]:
    """Return the devices that connected or disconnected since then; a mere report does not change a device's health."""
    return set(session.scalars(_MOVED, {"since": at}))


def refused_since(session: Session, at: datetime) -> Mapping[DeviceId, int]:
    """Count the reports of untrusted messages or other breaches since then, by device."""
    found = session.execute(_REFUSED, {"since": at})
    return {DeviceId(device_id): count for device_id, count in found}


def breached_since(session: Session, at: datetime) -> set[DeviceId]:
    """Return the devices with a breach since then, reported by themselves or by the broker."""
    return set(map(DeviceId, session.scalars(_BREACHED, {"since": at})))


def counted_since(session: Session, names: Collection[str], at: datetime) -> Mapping[DeviceId, int]:
    """Sum the counts of these events since then, by device: messages dropped, for ``FLOODED``."""
    found: Counter[DeviceId] = Counter()
    for device_id, detail in session.execute(_COUNTED, {"names": list(names), "since": at}):
        found[DeviceId(device_id)] += int(json.loads(detail)["count"])
    return found


def manifest_versions(session: Session, since_on: date) -> Mapping[AreaId, int]:
    """Return the version of the manifest sent to each area's devices, as on the wire: ms of the newest plan."""
    found = session.execute(_MANIFESTS, {"since": since_on})
    return {area_id: int(built_at.timestamp() * 1000) for area_id, built_at in found}


def next_airings(session: Session, now: datetime, until_at: datetime) -> Mapping[AreaId, datetime]:
    """Return the start of the current or next airing, for each area with one planned until then."""
    row = PlanItemRow
    query = (
        select(row.area_id, func.min(row.start_at))
        .where(row.start_at > now - LASTS_AT_MOST, row.start_at < until_at, row.end_at > now, row.placed)
        .group_by(row.area_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def alerted_areas(session: Session) -> frozenset[AreaId]:
    """Return the areas that an alert in force addresses, which addresses all below them too."""
    return frozenset(session.scalars(_ALERTED))
