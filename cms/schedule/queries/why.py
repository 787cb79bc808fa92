"""Reasons why a device sounded what it did at an instant, or nothing: what won, what lost, and the delivery."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import and_, case, func, or_, select

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import ReachState
from broadcast.bulletins.deliveries import AsRun, DeliveryState
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import (
    DayPlan,
    OccurrenceId,
    PlanEntry,
    Reason,
    Transmission,
    TransmissionId,
    Unplaced,
)
from broadcast.scheduling.area_rules import AreaRules, instant, is_quiet
from broadcast.scheduling.make_good import Missed
from broadcast.scheduling.planning import NOT_SIGNED, plan_signed
from cms.alerts.queries.ladder import as_runs_of
from cms.alerts.tables import OrderRow, ReachRow
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Plans, Transmissions
from cms.bulletins.tables.bulletins import DayPlanRow
from cms.fleet.queries.overview import statuses
from cms.fleet.repository.devices import Devices
from cms.platform.store.rows import value_of
from cms.platform.store.uow import UnitOfWork
from cms.relays.service.sources import withheld_of
from cms.schedule.queries.after_air import missed_by
from cms.schedule.tables import AsRunRow, DeliveryRow
from devices.model import Device, DeviceId, DeviceStatus
from province.areas import AreaId
from province.wall_clock import DEFAULT_ZONE, local_date

_LONGEST: Final = timedelta(days=1)
"""No airing is longer."""
_JUST_NOW: Final = timedelta(minutes=10)
"""Assumed length of a record without an end."""


def unsigned(uow: UnitOfWork, transmissions: Iterable[Transmission], rules: AreaRules) -> frozenset[TransmissionId]:
    """Return those that wait for a signature under these rules; within a unit of work."""
    if not rules.needs_signature:
        return frozenset()
    wanted = frozenset(each.id for each in transmissions)
    return wanted - uow[Approvals].signed(wanted)


def withheld(
    uow: UnitOfWork, transmissions: Sequence[Transmission], rules: AreaRules
) -> Mapping[TransmissionId, Reason]:
    """Return those withheld for now, with the reason: no signature, or a source that may not be relayed."""
    waiting = dict.fromkeys(unsigned(uow, transmissions, rules), NOT_SIGNED)
    return {**withheld_of(uow, transmissions), **waiting}


@dataclass(frozen=True, slots=True)
class ItemDelivery:
    """Delivery of one item to the device: the highest rung, the device's reason, and its records."""

    state: DeliveryState
    reason: str
    changed_at: datetime | None
    as_runs: tuple[AsRun, ...]


@dataclass(frozen=True, slots=True)
class Sounded:
    """Alert, drill or test order that the device sounded."""

    order_id: OrderId
    title: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Why:
    """Explanation. ``played`` is the entry at the instant; ``lost`` are promised entries that were not placed.

    ``on`` is the date whose plan rules then; ``before`` and ``after`` are the neighbours on that day
    and the one before. ``plan_version`` 0: no plan was built for that day, and this is what planning would make
    of the present approvals. ``area_id`` is where the device stood then, as far as its records show; ``heard`` are its
    records of that instant, whatever the plan says; ``missed`` is what ``played`` makes good or was made good by;
    ``alerts`` are the orders that it sounded then.
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
    standing: ItemDelivery | None
    lost: tuple[Unplaced, ...]
    before: PlanEntry | None
    after: PlanEntry | None
    heard: tuple[AsRun, ...] = ()
    missed: Missed | None = None
    alerts: tuple[Sounded, ...] = ()


def why(uow: UnitOfWork, device_id: DeviceId, at: datetime) -> Why:
    """Explain the device's sound at an instant. Raises NotFoundError where there is no such device."""
    device = uow[Devices].get(device_id)
    heard = _heard(uow, device_id, at)
    area_id = _stood(uow, device, at)
    today = local_date(at)
    # An item belongs to the date on which it starts and may run past midnight.
    plans = uow[Plans].of_area(area_id, today - timedelta(days=1), today)
    days = [stored.plan for stored in plans]
    if not any(day.on == today for day in days):
        days += _would_be(uow, area_id, today)
    entries = [entry for day in days for entry in day.heard_by(device_id)]
    unplaced = [item for day in days for item in day.unplaced]
    played = next((entry for entry in entries if entry.start_at <= at < entry.end_at), None)
    on = local_date(played.start_at) if played else today
    stored = next((plan for plan in plans if plan.plan.on == on), None)
    sent_at = uow.session.scalar(select(DayPlanRow.sent_at).where(DayPlanRow.area_id == area_id, DayPlanRow.on == on))
    return Why(
        device=device,
        status=statuses(uow.session, [device_id]).get(device_id),
        at=at,
        on=on,
        area_id=area_id,
        is_quiet=is_quiet(uow[Places].rules(area_id), at, at),
        plan_version=stored.version if stored else 0,
        plan_sha256=stored.sha256 if stored else "",
        built_at=stored.built_at if stored else None,
        sent_at=sent_at,
        played=played,
        standing=_standing(uow, device_id, played.occurrence_id, sent_at) if played else None,
        lost=tuple(item for item in unplaced if item.start_at <= at < item.end_at),
        before=max((e for e in entries if e.end_at <= at), key=lambda e: e.end_at, default=None),
        after=min((e for e in entries if e.start_at > at), key=lambda e: e.start_at, default=None),
        heard=heard,
        missed=missed_by(uow.session, device_id, played.occurrence_id) if played else None,
        alerts=_alerts(uow, device_id, at),
    )


def _heard(uow: UnitOfWork, device_id: DeviceId, at: datetime) -> tuple[AsRun, ...]:
    """Return its records of items that sounded then, or should have; without alerts."""
    began = func.coalesce(AsRunRow.started_at, AsRunRow.planned_at)
    rows = uow.session.scalars(
        select(AsRunRow)
        .where(AsRunRow.device_id == device_id, AsRunRow.planned_at.between(at - _LONGEST, at + _LONGEST))
        .where(AsRunRow.round == 0)
        .where(began <= at, or_(AsRunRow.ended_at > at, and_(AsRunRow.ended_at.is_(None), began > at - _JUST_NOW)))
        .order_by(began)
    )
    return tuple(value_of(AsRun, row) for row in rows)


def _stood(uow: UnitOfWork, device: Device, at: datetime) -> AreaId:
    """Return the area of its next record after the instant; without any, its present area."""
    next_run = (
        select(AsRunRow.area_id)
        .where(AsRunRow.device_id == device.id, AsRunRow.planned_at >= at - _LONGEST)
        .where(func.coalesce(AsRunRow.ended_at, AsRunRow.planned_at) >= at, AsRunRow.area_id != "")
        .order_by(AsRunRow.planned_at)
        .limit(1)
    )
    return uow.session.scalar(next_run) or device.area_id


def _would_be(uow: UnitOfWork, area_id: AreaId, on: date) -> Sequence[DayPlan]:
    """Plan a day beyond the horizon, or without a plan yet, from the present approvals."""
    tree, since_at = uow[Places].tree(), instant(on, time(0), DEFAULT_ZONE)
    if area_id not in tree:
        return []
    here = [t for t in uow[Transmissions].reaching((area_id,), since_at) if reaches(t.targets, tree, area_id)]
    rules = uow[Places].rules(area_id)
    return plan_signed(area_id, on, 1, here, rules, withheld=withheld(uow, here, rules))


def _alerts(uow: UnitOfWork, device_id: DeviceId, at: datetime) -> tuple[Sounded, ...]:
    """List the alerts by its records of each round; for those without a record, by its answers."""
    run, told = AsRunRow, ReachRow
    recorded = uow.session.execute(
        select(run.transmission_id, run.title, run.started_at, run.ended_at)
        .where(run.device_id == device_id, run.planned_at.between(at - _LONGEST, at + _LONGEST), run.round > 0)
        .where(run.started_at <= at, run.ended_at > at)
    )
    found: dict[OrderId, Sounded] = {}
    for name, title, started_at, ended_at in recorded:
        if started_at is not None:
            found[OrderId(name)] = Sounded(OrderId(name), title, started_at, ended_at)
    is_on = and_(told.latest == ReachState.SOUNDING, told.latest_at <= at)
    is_unnumbered = and_(told.turn == 0, told.started_at <= at, or_(told.ended_at.is_(None), told.ended_at > at))
    answered = uow.session.execute(
        select(
            OrderRow.id, OrderRow.headline, case((is_on, told.latest_at), else_=told.started_at), told.ended_at, is_on
        )
        .join(OrderRow, OrderRow.id == told.order_id)
        .where(told.device_id == device_id, OrderRow.issued_at <= at, OrderRow.expires_at > at)
        # A device may never have reported the end of an order that was cancelled within a moment.
        .where(or_(OrderRow.ended_at.is_(None), OrderRow.ended_at > at))
        .where(or_(is_on, is_unnumbered))
    )
    for order_id, title, began, ended, is_sounding in answered:
        found.setdefault(order_id, Sounded(order_id, title, began, None if is_sounding else ended))
    return tuple(sorted(found.values(), key=lambda each: each.started_at))


def _standing(
    uow: UnitOfWork, device_id: DeviceId, occurrence_id: OccurrenceId, sent_at: datetime | None
) -> ItemDelivery:
    row = uow.session.scalar(
        select(DeliveryRow).where(DeliveryRow.occurrence_id == occurrence_id, DeliveryRow.device_id == device_id)
    )
    records = tuple(as_runs_of(uow.session, occurrence_id, [device_id]))
    if row is None:
        return ItemDelivery(DeliveryState.SENT if sent_at else DeliveryState.PLANNED, "", sent_at, records)
    return ItemDelivery(row.state, row.reason, row.changed_at, records)
