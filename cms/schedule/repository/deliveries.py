"""Deliveries, the as-run log, and the audiences of airings: devices report at least once, each record counts once."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy import and_, case, exists, insert, select, update
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.make_good import makes_good
from cms.bulletins.tables.bulletins import DayPlanRow, PlanItemRow
from cms.fleet.tables import DeviceRow, obeys
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import among, change, columns_of, is_any
from cms.platform.store.uow import Repository, UnitOfWork
from cms.reports.repository.reports import mark_days
from cms.schedule.repository import as_run_chain
from cms.schedule.repository.airing_counts import LATE_FOR, forget_counts
from cms.schedule.tables import AiredAudienceRow, AsRunRow, DeliveryRow, MissedRow
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

# DONE outranks the other two ends: an item that was cut and resumed, or first thought missed, has been heard.
RANK = {
    DeliveryState.PLANNED: 0,
    DeliveryState.SENT: 1,
    DeliveryState.RECEIVED: 2,
    DeliveryState.READY: 3,
    DeliveryState.STARTED: 4,
    DeliveryState.MISSED: 5,
    DeliveryState.CUT: 6,
    DeliveryState.DONE: 7,
}


class Deliveries(Repository):
    """Delivery of each occurrence on each device, and the as-run records."""

    def __init__(self, session: Session, seal_at_commit: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(session)
        self._seal_at_commit = seal_at_commit
        self._unsealed: list[AsRun] = []

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit.seal_at_commit)

    def advance(self, deliveries: Iterable[Delivery]) -> None:
        """Keep, for each device and occurrence, the one of highest rank."""
        highest: dict[tuple[str, str], Delivery] = {}
        for delivery in deliveries:
            key = (delivery.occurrence_id, delivery.device_id)
            if key not in highest or RANK[delivery.state] > RANK[highest[key].state]:
                highest[key] = delivery
        rows = [{**columns_of(delivery), "rank": RANK[delivery.state]} for delivery in highest.values()]
        if not rows:
            return
        placeless = {delivery.device_id for delivery in highest.values() if not delivery.area_id}
        stands = self._areas_now(placeless) if placeless else {}
        for row in rows:
            row["area_id"] = row["area_id"] or stands.get(row["device_id"], "")
        statement = insert_or(self._session, DeliveryRow)
        higher = statement.on_conflict_do_update(
            index_elements=["occurrence_id", "device_id"],
            set_={
                **{name: statement.excluded[name] for name in ("state", "rank", "changed_at", "reason")},
                # Before it airs the device may still be moved; its report of an end may come from another place.
                "area_id": case(
                    (statement.excluded.rank <= RANK[DeliveryState.STARTED], statement.excluded["area_id"]),
                    else_=DeliveryRow.__table__.c.area_id,
                ),
            },
            where=statement.excluded.rank > DeliveryRow.rank,
        )
        self._session.execute(higher, rows)
        forget_counts(self._session, {each.occurrence_id for each in highest.values()})

    def record(self, as_runs: Iterable[AsRun]) -> Sequence[AsRun]:
        """Store those not yet known by (device, record id); return the new ones."""
        wanted = {(run.device_id, run.record_id): run for run in reversed(list(as_runs))}
        rows = [columns_of(run) for run in reversed(wanted.values())]
        if not rows:
            return []
        unknown = insert_or(self._session, AsRunRow).on_conflict_do_nothing(index_elements=["device_id", "record_id"])
        returning = unknown.returning(AsRunRow.device_id, AsRunRow.record_id)
        stored = self._session.connection().execute(returning, rows)
        fresh = {(device_id, record_id) for device_id, record_id in stored}
        new = [run for key, run in reversed(wanted.items()) if key in fresh]
        if new and not self._unsealed:
            self._seal_at_commit(self._seal)
        self._unsealed += new
        mark_days(self._session, new)
        return new

    def _seal(self) -> None:
        as_run_chain.seal(self._session, self._unsealed)
        self._unsealed = []

    def of_occurrence(self, occurrence_id: OccurrenceId) -> Sequence[Delivery]:
        row = DeliveryRow
        return self._listed(Delivery, select(row).where(row.occurrence_id == occurrence_id).order_by(row.device_id))

    def state_of(self, occurrence_id: OccurrenceId, device_id: DeviceId) -> DeliveryState | None:
        """Return its highest rung; None where none was reported."""
        row = DeliveryRow
        is_it = (row.occurrence_id == occurrence_id, row.device_id == device_id)
        return self._session.scalar(select(row.state).where(*is_it))

    def areas_of(self, device_id: DeviceId, occurrences: Collection[OccurrenceId]) -> Mapping[OccurrenceId, AreaId]:
        """Return the area in which the device was for each of these that has a delivery."""
        row = DeliveryRow
        mine = (row.device_id == device_id, among(row.occurrence_id, occurrences))
        found = self._session.execute(select(row.occurrence_id, row.area_id).where(*mine))
        return {occurrence_id: area_id for occurrence_id, area_id in found if area_id}

    def _areas_now(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, AreaId]:
        rows = self._session.execute(select(DeviceRow.id, DeviceRow.area_id).where(among(DeviceRow.id, device_ids)))
        return {device_id: area_id for device_id, area_id in rows}  # noqa: C416 rows have no type


class Begun(NamedTuple):
    """Airing that has begun in areas where its audience is not frozen; by area, when the plan was sent."""

    occurrence_id: OccurrenceId
    transmission_id: TransmissionId
    areas: Mapping[AreaId, datetime | None]


def begun_airings(session: Session, now: datetime, limit: int) -> Sequence[Begun]:
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


def is_any_airing_ahead(session: Session, now: datetime) -> bool:
    """Return whether an airing is planned to begin, or has begun lately."""
    return is_any(session, and_(PlanItemRow.placed, PlanItemRow.start_at > now - LATE_FOR))


def freeze_audience(session: Session, airing: Begun, now: datetime) -> None:
    """Count the airing's audience in each of these areas, and add a row for each device that has reported nothing."""
    device, told = DeviceRow, DeliveryRow
    is_airing = told.occurrence_id == airing.occurrence_id
    stands = select(device.area_id).where(device.id == told.device_id).scalar_subquery()
    # A device that was moved after it reported ready hears it in its new place, or not at all.
    is_moved = (is_airing, told.rank < RANK[DeliveryState.STARTED], told.area_id != stands)
    change(session, update(told).where(*is_moved).values(area_id=stands))
    query = select(device.id, device.name, device.area_id).where(
        among(device.area_id, airing.areas), obeys(), device.kind != DeviceKind.BOARD
    )
    if makes_good(airing.occurrence_id):
        owed = select(MissedRow.device_id).where(MissedRow.item_id == airing.occurrence_id)
        query = query.where(device.id.in_(owed))
    meant = session.execute(query).all()
    known = frozenset(session.scalars(select(told.device_id).where(is_airing)))
    about = {"occurrence_id": airing.occurrence_id, "transmission_id": airing.transmission_id, "reason": ""}
    silent = []
    for device_id, name, area_id in meant:
        if device_id in known:
            continue
        sent_at = airing.areas[area_id]
        state = DeliveryState.PLANNED if sent_at is None else DeliveryState.SENT
        reached = {"state": state, "rank": RANK[state], "changed_at": sent_at or now}
        silent.append({**about, **reached, "device_id": device_id, "device_name": name, "area_id": area_id})
    if silent:
        session.execute(insert_or(session, told).on_conflict_do_nothing(), silent)
    counts = Counter(area_id for _id, _name, area_id in meant)
    frozen = {"occurrence_id": airing.occurrence_id, "frozen_at": now, "listed": True}
    rows = [{**frozen, "area_id": area_id, "devices": counts[area_id]} for area_id in airing.areas]
    session.execute(insert(AiredAudienceRow), rows)
    forget_counts(session, [airing.occurrence_id])
