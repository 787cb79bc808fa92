"""Readiness of devices for an airing, with the reason; and busy devices, not to be disturbed."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.make_good import makes_good
from cms.alerts.tables import OrderRow, ReachRow
from cms.bulletins.tables.bulletins import DayPlanRow, PlanItemRow
from cms.fleet.tables import DeviceRow, DeviceStatusRow, boards, obeys
from cms.health.tables import FaultRow
from cms.live.tables import LivePlaceRow
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.rows import among
from cms.schedule.tables import DeliveryRow, MissedRow
from devices.health.kinds import FaultKind
from devices.model import DeviceId, DeviceKind
from devices.protocol.messages import Code
from province.areas import AreaId

AT_LEAST_READY = (DeliveryState.READY, DeliveryState.STARTED, DeliveryState.DONE, DeliveryState.CUT)


class Hold(StrEnum):
    """Hold: the reason why a device is not ready. The first that applies counts, in the order in which to fix them."""

    SILENT = "silent"
    OFFLINE = "offline"
    REFUSED = "refused"
    FETCHING = "fetching"
    UNSENT = "unsent"
    NO_PLAN = "no_plan"


@dataclass(frozen=True, slots=True)
class NotReady:
    """Device that is not ready. ``seen_at``: when it was last heard; ``reason``: its own code, where it refused."""

    device_id: DeviceId
    device_name: str
    area_id: AreaId
    hold: Hold
    reason: str
    seen_at: datetime | None


def holds_by_area(
    session: Session, occurrence_ids: Collection[OccurrenceId], areas: Collection[AreaId] | None
) -> dict[OccurrenceId, dict[AreaId, Counter[Hold]]]:
    """Count the devices not ready for each of these airings, area by area and by hold."""
    found: dict[OccurrenceId, dict[AreaId, Counter[Hold]]] = {each: {} for each in occurrence_ids}
    columns = (PlanItemRow.occurrence_id, DeviceRow.area_id, _hold().label("hold"))
    query = _not_ready(select(*columns, func.count()), occurrence_ids, areas) if found else None
    for occurrence_id, area_id, name, count in () if query is None else session.execute(query.group_by(*columns)):
        found[occurrence_id].setdefault(area_id, Counter())[Hold(name)] = count
    return found


def not_ready(
    session: Session,
    occurrence_id: OccurrenceId,
    areas: Collection[AreaId] | None,
    *,
    after: str = "",
    limit: int = 100,
) -> ResultPage[NotReady]:
    """List those devices, by id."""
    columns = (
        *(DeviceRow.id, DeviceRow.name, DeviceRow.area_id, _hold()),
        *(func.coalesce(DeliveryRow.reason, ""), DeviceStatusRow.seen_at),
    )
    query = _not_ready(select(*columns), [occurrence_id], areas)
    rows = session.execute(query.where(DeviceRow.id > after).order_by(DeviceRow.id).limit(limit + 1))
    found = [NotReady(row[0], row[1], row[2], Hold(row[3]), row[4], row[5]) for row in rows]
    return page_of(found, limit, lambda line: line.device_id)


@cache
def _hold() -> ColumnElement[str]:
    return case(
        (DeliveryRow.state == DeliveryState.MISSED, literal(Hold.REFUSED.value)),
        (DeviceStatusRow.device_id.is_(None), literal(Hold.SILENT.value)),
        (~DeviceStatusRow.online, literal(Hold.OFFLINE.value)),
        (DeliveryRow.state == DeliveryState.RECEIVED, literal(Hold.FETCHING.value)),
        (DayPlanRow.sent_at.is_(None), literal(Hold.UNSENT.value)),
        else_=literal(Hold.NO_PLAN.value),
    )


def _not_ready(
    query: Select[*tuple[Any, ...]], occurrence_ids: Collection[OccurrenceId], areas: Collection[AreaId] | None
) -> Select[*tuple[Any, ...]]:
    told = and_(DeliveryRow.device_id == DeviceRow.id, DeliveryRow.occurrence_id == PlanItemRow.occurrence_id)
    is_late = or_(DeliveryRow.state.is_(None), DeliveryRow.state.not_in(AT_LEAST_READY))
    query = (
        query.select_from(PlanItemRow)
        .join(DayPlanRow, and_(DayPlanRow.area_id == PlanItemRow.area_id, DayPlanRow.on == PlanItemRow.on))
        .join(DeviceRow, DeviceRow.area_id == PlanItemRow.area_id)
        # In this order: the status is looked up only of those that are late.
        .outerjoin(DeliveryRow, told)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .where(PlanItemRow.occurrence_id.in_(occurrence_ids), PlanItemRow.placed, obeys(), is_late)
        # As in the total that they are a part of: boards sound nothing.
        .where(DeviceRow.kind != DeviceKind.BOARD)
    )
    if areas is not None:
        query = query.where(PlanItemRow.area_id.in_(areas))
    if again := [each for each in occurrence_ids if makes_good(each)]:
        owed = select(MissedRow.item_id, MissedRow.device_id).where(MissedRow.item_id.in_(again))
        is_owed = tuple_(PlanItemRow.occurrence_id, DeviceRow.id).in_(owed)
        query = query.where(or_(PlanItemRow.occurrence_id.not_in(again), is_owed))
    return query


@dataclass(frozen=True, slots=True)
class Failure:
    """Number of loudspeakers that ended an airing in this state, for this reason by their own code.

    ``was_offline``: they lacked the sound because they were disconnected when it was due.
    """

    state: DeliveryState
    reason: str
    devices: int
    was_offline: bool = False


def failures_of(
    session: Session, occurrence_ids: Collection[OccurrenceId], areas: Collection[AreaId] | None
) -> dict[OccurrenceId, list[Failure]]:
    """Count the cut and missed ones of these airings, most frequent first; without boards, which sound nothing."""
    row, count = DeliveryRow, func.count()
    was_offline = and_(row.reason == Code.FETCH_FAILED, _was_offline())
    query = select(row.occurrence_id, row.state, row.reason, count, was_offline).where(
        among(row.occurrence_id, occurrence_ids),
        row.state.in_([DeliveryState.CUT, DeliveryState.MISSED]),
        row.device_id.not_in(boards()),
    )
    if areas is not None:
        query = query.where(row.area_id.in_(areas))
    grouped = query.group_by(row.occurrence_id, row.state, row.reason, was_offline).order_by(count.desc())
    found: dict[OccurrenceId, list[Failure]] = {}
    for occurrence_id, state, reason, devices, is_away in session.execute(grouped) if occurrence_ids else ():
        found.setdefault(occurrence_id, []).append(Failure(state, reason, devices, was_offline=bool(is_away)))
    return found


@cache
def _was_offline() -> ColumnElement[bool]:
    """Build the condition that the device of a delivery was disconnected at the airing's start."""
    fault, item = FaultRow, PlanItemRow
    return (
        select(fault.id)
        .join(item, and_(item.occurrence_id == DeliveryRow.occurrence_id, item.area_id == DeliveryRow.area_id))
        .where(fault.device_id == DeliveryRow.device_id, fault.kind == FaultKind.LINK_LOST)
        .where(fault.since_at <= item.start_at, or_(fault.clear_at.is_(None), fault.clear_at > item.start_at))
        .exists()
    )


@dataclass(frozen=True, slots=True)
class Busy:
    """Busy places. ``in_alert``: devices of an alert or drill in force. ``on_air``: areas that sound or will."""

    in_alert: frozenset[DeviceId] = frozenset()
    on_air: frozenset[AreaId] = frozenset()


def busy(session: Session, devices: Sequence[tuple[DeviceId, AreaId]], now: datetime, until_at: datetime) -> Busy:
    """Find the busy ones of these devices with their areas, between ``now`` and ``until_at``."""
    if not devices:
        return Busy()
    areas = sorted({area_id for _, area_id in devices})
    orders = session.scalars(select(OrderRow.id).where(OrderRow.ended_at.is_(None), OrderRow.expires_at > now)).all()
    meant: frozenset[DeviceId] = frozenset()
    if orders:
        wanted = frozenset(device_id for device_id, _ in devices)
        meant = wanted.intersection(session.scalars(select(ReachRow.device_id).where(among(ReachRow.order_id, orders))))
    planned = select(PlanItemRow.area_id).where(
        PlanItemRow.area_id.in_(areas), PlanItemRow.placed, PlanItemRow.start_at < until_at, PlanItemRow.end_at > now
    )
    spoken = select(LivePlaceRow.area_id).where(LivePlaceRow.area_id.in_(areas))
    return Busy(meant, frozenset([*session.scalars(planned), *session.scalars(spoken)]))
