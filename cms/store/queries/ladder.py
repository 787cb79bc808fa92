"""The ladder of one airing, device by device."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, literal, null, select, union_all
from sqlalchemy.orm import Session

from broadcast.model.deliveries import AsRun, DeliveryState
from broadcast.model.transmissions import OccurrenceId
from cms.store.queries.paging import Page, page_of
from cms.store.rows import value_of
from cms.store.tables import AsRunRow, DayPlanRow, DeliveryRow, DeviceRow, PlanItemRow
from cms.store.tables.columns import Utc
from devices.areas import AreaId
from devices.model import DeviceId


@dataclass(frozen=True, slots=True)
class Rung:
    """How far an airing got on one device. PLANNED and SENT follow from the plan, the rest is the device's word."""

    device_id: DeviceId
    device_name: str
    area_id: AreaId | None
    state: DeliveryState
    changed_at: datetime | None
    reason: str


def ladder(
    session: Session,
    occurrence_id: OccurrenceId,
    *,
    areas: Collection[AreaId] | None = None,
    after: str = "",
    limit: int = 200,
) -> Page[Rung]:
    """Every device whose plan holds it and every device that spoke of it, by id."""
    planned = (
        select(
            DeviceRow.id.label("device_id"),
            DeviceRow.name.label("device_name"),
            DeviceRow.area_id.label("area_id"),
            DeliveryRow.state.label("state"),
            DeliveryRow.changed_at.label("changed_at"),
            DeliveryRow.reason.label("reason"),
            DayPlanRow.sent_at.label("sent_at"),
        )
        .select_from(PlanItemRow)
        .join(DayPlanRow, and_(DayPlanRow.area_id == PlanItemRow.area_id, DayPlanRow.on == PlanItemRow.on))
        .join(DeviceRow, DeviceRow.area_id == PlanItemRow.area_id)
        .outerjoin(
            DeliveryRow,
            and_(DeliveryRow.device_id == DeviceRow.id, DeliveryRow.occurrence_id == PlanItemRow.occurrence_id),
        )
        .where(PlanItemRow.occurrence_id == occurrence_id, PlanItemRow.placed, DeviceRow.retired_at.is_(None))
    )
    planned_here = (
        select(literal(1))
        .select_from(PlanItemRow)
        .where(PlanItemRow.occurrence_id == occurrence_id, PlanItemRow.placed, PlanItemRow.area_id == DeviceRow.area_id)
    )
    moved = (
        select(
            DeliveryRow.device_id,
            DeliveryRow.device_name,
            DeviceRow.area_id,
            DeliveryRow.state,
            DeliveryRow.changed_at,
            DeliveryRow.reason,
            null().cast(Utc).label("sent_at"),
        )
        .outerjoin(DeviceRow, and_(DeviceRow.id == DeliveryRow.device_id, DeviceRow.retired_at.is_(None)))
        .where(DeliveryRow.occurrence_id == occurrence_id, ~planned_here.exists())
    )
    either = union_all(planned, moved).subquery()
    query = select(either).where(either.c.device_id > after).order_by(either.c.device_id).limit(limit + 1)
    if areas is not None:
        query = query.where(either.c.area_id.in_(areas))
    rows = [
        Rung(row.device_id, row.device_name, row.area_id, _state(row), row.changed_at or row.sent_at, row.reason or "")
        for row in session.execute(query)
    ]
    return page_of(rows, limit, lambda rung: rung.device_id)


def as_runs_of(
    session: Session, occurrence_id: OccurrenceId, device_ids: Collection[DeviceId] | None = None
) -> Sequence[AsRun]:
    """What devices recorded of an airing, by device and start."""
    query = select(AsRunRow).where(AsRunRow.occurrence_id == occurrence_id)
    if device_ids is not None:
        query = query.where(AsRunRow.device_id.in_(device_ids))
    rows = session.scalars(query.order_by(AsRunRow.device_id, AsRunRow.started_at))
    return [value_of(AsRun, row) for row in rows]


def _state(row: object) -> DeliveryState:
    reported: DeliveryState | None = getattr(row, "state", None)
    if reported is not None:
        return reported
    return DeliveryState.SENT if getattr(row, "sent_at", None) else DeliveryState.PLANNED
