"""What the rules of health have to know of devices, and what hangs on each place next."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from broadcast.model.alerts import AlertStatus
from cms.store.packed import instant_of
from cms.store.rows import among, values_of
from cms.store.service import in_service
from cms.store.tables import (
    AlertAreaRow,
    AlertRow,
    DayPlanRow,
    DeviceLastRow,
    DeviceRow,
    DeviceStatusRow,
    EventRow,
    PlanItemRow,
    PresenceChangeRow,
)
from devices.model import DeviceId, DeviceStatus
from devices.vital import Vital
from province.areas import AreaId

SECURITY = "device.security"
LASTS_AT_MOST: Final = timedelta(days=1)
"""No airing is longer: a plan's items that began before that are over, and are not looked through."""

# Asked every two seconds: built once.
_POSTS = select(DeviceRow.id, DeviceRow.name, DeviceRow.area_id).where(in_service()).order_by(DeviceRow.id)
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
FLOODED = "device.flooded"
OVERHEARD = "device.overheard"
"""It asked to hear what is not its own."""
DENIED = "device.denied"
"""It wrote, or wanted to have written when its connection ends, what it may not."""
SHARED = "device.identity_shared"
"""Another box with its key was born while it was connected."""
_BREACHED = select(EventRow.subject_id).where(
    EventRow.name.in_((SECURITY, OVERHEARD, DENIED)), EventRow.at >= bindparam("since")
)


class Post(NamedTuple):
    """A device in service."""

    id: DeviceId
    name: str
    area_id: AreaId


def posts(session: Session) -> Mapping[DeviceId, Post]:
    """All devices in service, by id."""
    found = session.execute(_POSTS)
    return {device_id: Post(device_id, name, area_id) for device_id, name, area_id in found}


def status_of(session: Session, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, DeviceStatus]:
    """The last own word of these, thousands of them."""
    found = values_of(session, DeviceStatus, DeviceStatusRow, among(DeviceStatusRow.device_id, device_ids))
    return {each.device_id: each for each in found}


class Mark(NamedTuple):
    """What tells a device's word and health from those of before. ``gone_at``: last heard, where not connected."""

    heard_at: datetime | None = None
    online: bool | None = None
    firmware: str | None = None
    gone_at: datetime | None = None


def mark_of(vital: Vital | None, status: DeviceStatus | None) -> Mark:
    """As ``marks`` would tell it."""
    heard_at = None if vital is None else vital.heard_at
    if status is None:
        return Mark(heard_at)
    return Mark(heard_at, status.online, status.firmware, None if status.online else status.seen_at)


def marks(session: Session) -> Mapping[DeviceId, Mark]:
    """Of all devices in service, thousands of them, no body decoded."""
    return {
        device_id: Mark(None if heard_ms is None else instant_of(heard_ms), *told)
        for device_id, heard_ms, *told in session.execute(_MARKS)
    }


def moved_since(session: Session, at: datetime) -> set[DeviceId]:
    """Who came or went since then; a mere word changes nothing of a device's health."""
    return set(session.scalars(_MOVED, {"since": at}))


def refused_since(session: Session, at: datetime) -> Mapping[DeviceId, int]:
    """How often each device told since then of a word that it did not trust, or of another breach."""
    found = session.execute(_REFUSED, {"since": at})
    return {DeviceId(device_id): count for device_id, count in found}


def breached_since(session: Session, at: datetime) -> set[DeviceId]:
    """Of whom a breach was told since then, by itself or by the broker."""
    return set(map(DeviceId, session.scalars(_BREACHED, {"since": at})))


def counted_since(session: Session, names: Collection[str], at: datetime) -> Mapping[DeviceId, int]:
    """Of each device, what its events of these names since then count in all: ``FLOODED`` the words not listened to."""
    found: Counter[DeviceId] = Counter()
    query = select(EventRow.subject_id, EventRow.detail).where(EventRow.name.in_(names), EventRow.at >= at)
    for device_id, detail in session.execute(query):
        found[DeviceId(device_id)] += int(json.loads(detail)["count"])
    return found


def manifest_versions(session: Session, since_on: date) -> Mapping[AreaId, int]:
    """The version of the manifest that each area's devices were sent, as the wire counts it: ms of the newest plan."""
    found = session.execute(_MANIFESTS, {"since": since_on})
    return {area_id: int(built_at.timestamp() * 1000) for area_id, built_at in found}


def next_airings(session: Session, now: datetime, until_at: datetime) -> Mapping[AreaId, datetime]:
    """When each area that has something planned until then is to sound next, or since when it does."""
    row = PlanItemRow
    query = (
        select(row.area_id, func.min(row.start_at))
        .where(row.start_at > now - LASTS_AT_MOST, row.start_at < until_at, row.end_at > now, row.placed)
        .group_by(row.area_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def alerted_areas(session: Session) -> frozenset[AreaId]:
    """Areas that an alert in force addresses; what lies below them is addressed with them."""
    query = (
        select(AlertAreaRow.area_id)
        .join(AlertRow, AlertRow.id == AlertAreaRow.alert_id)
        .where(AlertRow.status == AlertStatus.ACTIVE)
    )
    return frozenset(session.scalars(query))
