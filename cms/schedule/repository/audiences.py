"""Audiences of airings, frozen when they begin: how many loudspeakers where, and which.

A device that is claimed, moved, shut off or retired later changes no past figure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import and_, exists, insert, select, update
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.make_good import makes_good
from cms.bulletins.tables.bulletins import DayPlanRow, PlanItemRow
from cms.fleet.tables import DeviceRow, obeys
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import among, change
from cms.schedule.repository.deliveries import RANK
from cms.schedule.tables.deliveries import AiredAudienceRow, DeliveryRow
from cms.schedule.tables.make_good import MissedRow
from devices.model import DeviceKind
from province.areas import AreaId

LATE_FOR: Final = timedelta(days=2)
"""A scheduler that was down for up to this long freezes the missed audiences as they are when it is back."""


class Begun(NamedTuple):
    """Airing that has begun in areas where its audience is not frozen; by area, when the plan was sent."""

    occurrence_id: OccurrenceId
    transmission_id: TransmissionId
    areas: Mapping[AreaId, datetime | None]


def begun(session: Session, now: datetime, limit: int) -> Sequence[Begun]:
    """List such airings, the earliest first, at most so many."""
    item, aired = PlanItemRow, AiredAudienceRow
    is_frozen = exists().where(aired.occurrence_id == item.occurrence_id, aired.area_id == item.area_id)
    is_due = (item.placed, item.start_at <= now, item.start_at > now - LATE_FOR, ~is_frozen)
    ids = session.scalars(
        select(item.occurrence_id).where(*is_due).group_by(item.occurrence_id).order_by(item.occurrence_id).limit(limit)
    ).all()
    rows = session.execute(
        select(item.occurrence_id, item.transmission_id, item.area_id, DayPlanRow.sent_at)
        .join(DayPlanRow, and_(DayPlanRow.area_id == item.area_id, DayPlanRow.on == item.on))
        .where(among(item.occurrence_id, ids), *is_due)
    )
    found: dict[OccurrenceId, Begun] = {}
    for occurrence_id, transmission_id, area_id, sent_at in rows if ids else ():
        areas = found.setdefault(occurrence_id, Begun(occurrence_id, transmission_id, {})).areas
        assert isinstance(areas, dict)
        areas[area_id] = sent_at
    return list(found.values())


def freeze(session: Session, airing: Begun, now: datetime) -> None:
    """Count the airing's audience in each of these areas, and add a row for each device that has reported nothing."""
    device, told = DeviceRow, DeliveryRow
    is_airing = told.occurrence_id == airing.occurrence_id
    stands = select(device.area_id).where(device.id == told.device_id).scalar_subquery()
    # A device that was moved after it reported ready hears it in its new place, or not at all.
    change(
        session,
        update(told)
        .where(is_airing, told.rank < RANK[DeliveryState.STARTED], told.area_id != stands)
        .values(area_id=stands),
    )
    query = select(device.id, device.name, device.area_id).where(
        among(device.area_id, airing.areas), obeys(), device.kind != DeviceKind.BOARD
    )
    if makes_good(airing.occurrence_id):
        owed = select(MissedRow.device_id).where(MissedRow.item_id == airing.occurrence_id)
        query = query.where(device.id.in_(owed))
    meant = session.execute(query).all()
    known = frozenset(session.scalars(select(told.device_id).where(is_airing)))
    silent = []
    for device_id, name, area_id in meant:
        if device_id in known:
            continue
        sent_at = airing.areas[area_id]
        state = DeliveryState.PLANNED if sent_at is None else DeliveryState.SENT
        silent.append(
            {
                "occurrence_id": airing.occurrence_id,
                "device_id": device_id,
                "device_name": name,
                "transmission_id": airing.transmission_id,
                "state": state,
                "rank": RANK[state],
                "changed_at": sent_at or now,
                "reason": "",
                "area_id": area_id,
            }
        )
    if silent:
        session.execute(insert_or(session, told).on_conflict_do_nothing(), silent)
    counts = Counter(area_id for _id, _name, area_id in meant)
    session.execute(
        insert(AiredAudienceRow),
        [
            {
                "occurrence_id": airing.occurrence_id,
                "area_id": area_id,
                "devices": counts[area_id],
                "frozen_at": now,
                "listed": True,
            }
            for area_id in airing.areas
        ],
    )
