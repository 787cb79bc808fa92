"""Why a device sounded what it did at an instant, or nothing: what won there, what lost, and how far delivery got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from broadcast.model.deliveries import AsRun, DeliveryState
from broadcast.model.schedules import DEFAULT_ZONE
from broadcast.model.transmissions import OccurrenceId, PlanEntry, Unplaced
from broadcast.quiet_hours import is_quiet
from cms.store.queries.fleet import statuses
from cms.store.queries.ladder import as_runs_of
from cms.store.tables import DayPlanRow, DeliveryRow
from cms.store.uow import SqlUnitOfWork
from devices.areas import AreaId
from devices.model import Device, DeviceId, DeviceStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one item got on the device: the highest rung, the device's word why, and what it recorded."""

    state: DeliveryState
    reason: str
    changed_at: datetime | None
    as_runs: tuple[AsRun, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """``played`` is the entry that holds the instant; ``lost`` what was promised for it and not placed.

    ``on`` is the date whose plan rules then; ``before`` and ``after`` are the neighbours on that day
    and the one before. ``plan_version`` 0: no plan was built for that day.
    """

    device: Device
    status: DeviceStatus | None
    at: datetime
    on: date
    area_id: AreaId
    is_quiet: bool
    plan_version: int
    plan_sha256: str
    built_at: datetime | None
    sent_at: datetime | None
    played: PlanEntry | None
    standing: Standing | None
    lost: tuple[Unplaced, ...]
    before: PlanEntry | None
    after: PlanEntry | None


def why(uow: SqlUnitOfWork, device_id: DeviceId, at: datetime) -> Why:
    """Raises NotFoundError where there is no such device."""
    device = uow.devices.get(device_id)
    today = at.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    # An item belongs to the date on which it starts and may run past midnight.
    plans = uow.plans.of_area(device.area_id, today - timedelta(days=1), today)
    entries = [entry for stored in plans for entry in stored.plan.entries]
    unplaced = [item for stored in plans for item in stored.plan.unplaced]
    played = next((entry for entry in entries if entry.start_at <= at < entry.end_at), None)
    on = played.start_at.astimezone(ZoneInfo(DEFAULT_ZONE)).date() if played else today
    stored = next((plan for plan in plans if plan.plan.on == on), None)
    sent_at = uow.session.scalar(
        select(DayPlanRow.sent_at).where(DayPlanRow.area_id == device.area_id, DayPlanRow.on == on)
    )
    return Why(
        device=device,
        status=statuses(uow.session, [device_id]).get(device_id),
        at=at,
        on=on,
        area_id=device.area_id,
        is_quiet=is_quiet(uow.places.rules(device.area_id), at, at),
        plan_version=stored.version if stored else 0,
        plan_sha256=stored.sha256 if stored else "",
        built_at=stored.built_at if stored else None,
        sent_at=sent_at,
        played=played,
        standing=_standing(uow, device_id, played.occurrence_id, sent_at) if played else None,
        lost=tuple(item for item in unplaced if item.start_at <= at < item.end_at),
        before=max((e for e in entries if e.end_at <= at), key=lambda e: e.end_at, default=None),
        after=min((e for e in entries if e.start_at > at), key=lambda e: e.start_at, default=None),
    )


def _standing(
    uow: SqlUnitOfWork, device_id: DeviceId, occurrence_id: OccurrenceId, sent_at: datetime | None
) -> Standing:
    row = uow.session.scalar(
        select(DeliveryRow).where(DeliveryRow.occurrence_id == occurrence_id, DeliveryRow.device_id == device_id)
    )
    records = tuple(as_runs_of(uow.session, occurrence_id, [device_id]))
    if row is None:
        return Standing(DeliveryState.SENT if sent_at else DeliveryState.PLANNED, "", sent_at, records)
    return Standing(row.state, row.reason, row.changed_at, records)
