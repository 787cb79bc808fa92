"""Roster: name and place of devices, for thousands of answers at a time."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.fleet import tables
from cms.fleet.tables import DeviceRow
from cms.platform.store.rows import among
from devices.model import DeviceId
from province.areas import AreaId


class RosterDevice(NamedTuple):
    """Device in service."""

    id: DeviceId
    name: str
    area_id: AreaId


def roster(session: Session, device_ids: Collection[DeviceId]) -> dict[DeviceId, RosterDevice]:
    """Return those of them that are in service, by id."""
    known = select(DeviceRow.id, DeviceRow.name, DeviceRow.area_id).where(
        among(DeviceRow.id, device_ids), tables.in_service()
    )
    # Past the ORM, as are the answers themselves.
    return {row[0]: RosterDevice(*row) for row in session.connection().execute(known).all()}


def in_service(session: Session) -> frozenset[DeviceId]:
    """Return the ids of all devices in service."""
    return frozenset(session.scalars(select(DeviceRow.id).where(tables.in_service())))


def mute_among(session: Session, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Return those of them that sound not even alerts: quarantined for a key in doubt, or revoked."""
    return frozenset(session.scalars(select(DeviceRow.id).where(among(DeviceRow.id, device_ids), tables.mute())))


def shut_off_among(session: Session, device_ids: Collection[DeviceId]) -> frozenset[DeviceId]:
    """Return those of them that are quarantined or revoked."""
    return frozenset(session.scalars(select(DeviceRow.id).where(among(DeviceRow.id, device_ids), tables.shut_off())))
