"""Missed airings since a time, grouped by airing: for the board, and for the people who decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.make_good import Left, Missed, Remedy
from cms.platform.store.rows import value_of
from cms.schedule.tables.make_good import MissedRow
from devices.model import DeviceId
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class MissedLine:
    """Missed airing, its remedy, and the number of devices. ``until_at``: the last time for the remedy."""

    occurrence_id: OccurrenceId
    bulletin_id: BulletinId
    title: str
    missed_at: datetime
    remedy: Remedy
    left_because: Left | None
    devices: int
    areas: int
    until_at: datetime


def missed_lines(
    session: Session, areas: Collection[AreaId] | None, since_at: datetime, limit: int = 100
) -> Sequence[MissedLine]:
    """List the airings that devices in these areas (None: everywhere) missed since then, the latest first."""
    kept = (MissedRow.occurrence_id, MissedRow.bulletin_id, MissedRow.title, MissedRow.missed_at)
    ended = (MissedRow.remedy, MissedRow.left_because)
    devices, places = func.count(), func.count(MissedRow.area_id.distinct())
    query = (
        select(*kept, *ended, devices, places, func.max(MissedRow.not_after_at))
        .where(MissedRow.missed_at >= since_at)
        .group_by(*kept, *ended)
        .order_by(MissedRow.missed_at.desc(), MissedRow.occurrence_id, MissedRow.remedy, MissedRow.left_because)
        .limit(limit)
    )
    if areas is not None:
        query = query.where(MissedRow.area_id.in_(areas))
    return [MissedLine(*row) for row in session.execute(query)]


def asked_of(session: Session, occurrence_id: OccurrenceId, areas: Collection[AreaId]) -> Sequence[DeviceId]:
    """List the devices in these areas about which a person has to decide."""
    query = select(MissedRow.device_id).where(
        MissedRow.occurrence_id == occurrence_id, MissedRow.remedy == Remedy.ASKED, MissedRow.area_id.in_(areas)
    )
    return session.scalars(query.order_by(MissedRow.device_id)).all()


def missed_by(session: Session, device_id: DeviceId, item_id: OccurrenceId) -> Missed | None:
    """Return a device's missed airing, looked up by the airing it missed or by the one that makes it good."""
    is_it = (MissedRow.occurrence_id == item_id) | (MissedRow.item_id == item_id)
    row = session.scalar(select(MissedRow).where(MissedRow.device_id == device_id, is_it))
    return None if row is None else value_of(Missed, row)
