"""What the rules of health have to know of devices, and what hangs on each place next."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.model.alerts import AlertStatus
from cms.store.rows import values_of
from cms.store.tables import (
    AlertAreaRow,
    AlertRow,
    DayPlanRow,
    DeviceRow,
    DeviceStatusRow,
    EventRow,
    PlanItemRow,
    PresenceChangeRow,
)
from devices.areas import AreaId
from devices.model import DeviceId, DeviceStatus

SECURITY = "device.security"
FLOODED = "device.flooded"


class Post(NamedTuple):
    """A device in service."""

    id: DeviceId
    name: str
    area_id: AreaId


def posts(session: Session) -> Mapping[DeviceId, Post]:
    """All devices in service, by id."""
    row = DeviceRow
    found = session.execute(select(row.id, row.name, row.area_id).where(row.retired_at.is_(None)).order_by(row.id))
    return {device_id: Post(device_id, name, area_id) for device_id, name, area_id in found}


def status_of(session: Session, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, DeviceStatus]:
    """The last own word of these, thousands of them."""
    column = DeviceStatusRow.__table__.c.device_id
    found = values_of(session, DeviceStatus, DeviceStatusRow, column.in_(list(device_ids)))
    return {each.device_id: each for each in found}


def changed_since(session: Session, at: datetime) -> set[DeviceId]:
    """Who came, went, or told of a breach since then; a mere word changes nothing of a device's health."""
    moved = session.scalars(select(PresenceChangeRow.device_id).where(PresenceChangeRow.at >= at))
    return {*moved, *refused_since(session, at)}


def refused_since(session: Session, at: datetime) -> Mapping[DeviceId, int]:
    """How often each device told since then of a word that it did not trust, or of another breach."""
    query = (
        select(EventRow.subject_id, func.count())
        .where(EventRow.name == SECURITY, EventRow.at >= at)
        .group_by(EventRow.subject_id)
    )
    return {DeviceId(device_id): count for device_id, count in session.execute(query)}


def flooded_since(session: Session, at: datetime) -> Mapping[DeviceId, int]:
    """How many words of each device were not listened to since then, as it talked without end."""
    found: Counter[DeviceId] = Counter()
    query = select(EventRow.subject_id, EventRow.detail).where(EventRow.name == FLOODED, EventRow.at >= at)
    for device_id, detail in session.execute(query):
        found[DeviceId(device_id)] += int(json.loads(detail)["count"])
    return found


def manifest_versions(session: Session, since_on: date) -> Mapping[AreaId, int]:
    """The version of the manifest that each area's devices were sent, as the wire counts it: ms of the newest plan."""
    newest = func.max(DayPlanRow.built_at)
    query = (
        select(DayPlanRow.area_id, newest)
        .where(DayPlanRow.on >= since_on, DayPlanRow.sent_at.is_not(None))
        .group_by(DayPlanRow.area_id)
    )
    return {area_id: int(built_at.timestamp() * 1000) for area_id, built_at in session.execute(query)}


def next_airings(session: Session, now: datetime, until_at: datetime) -> Mapping[AreaId, datetime]:
    """When each area that has something planned until then is to sound next, or since when it does."""
    row = PlanItemRow
    query = (
        select(row.area_id, func.min(row.start_at))
        .where(row.end_at > now, row.start_at < until_at, row.placed)
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
