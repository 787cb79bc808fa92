"""Repositories of bulletins, transmissions and plans."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.transmissions import DayPlan, PlanEntry, Transmission, TransmissionId, Unplaced
from broadcast.scheduling.planning import NOT_SIGNED
from cms.areas.repository import PlacedRepository
from cms.bulletins.tables.bulletins import (
    BulletinAreaRow,
    BulletinRow,
    BulletinSoundRow,
    DayPlanRow,
    PlanItemRow,
    TransmissionAreaRow,
    TransmissionRow,
)
from cms.platform.clean_text import folded
from cms.platform.store.insert_or_update import add_rows, insert_or
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.platform.store.rows import TableCache, among, change, columns_of
from cms.platform.store.uow import Repository
from cms.schedule.repository.last_airing import ends_at
from province.areas import AreaId

# More transmissions than a province has at a time, about 4 KB each.
_TRANSMISSIONS = TableCache(Transmission, TransmissionRow, limit=4096)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was published: the content of ``sha256`` is the wire form, ``plan`` keeps the reasons."""

    plan: DayPlan
    sha256: str
    bytes: int
    version: int
    built_at: datetime


class Bulletins(VersionedRepository[BulletinId, Bulletin], row=BulletinRow, noun="bulletin"):
    """Bulletins in every state."""

    def add(self, bulletin: Bulletin) -> None:
        super().add(bulletin)
        self._index(bulletin)

    def save(self, bulletin: Bulletin) -> None:
        """Store ``bulletin`` whose ``version`` is one above the stored one; else raises ConflictError."""
        super().save(bulletin)
        change(self._session, delete(BulletinAreaRow).where(BulletinAreaRow.bulletin_id == bulletin.id))
        self._index(bulletin)

    def _columns(self, value: Bulletin) -> dict[str, object]:
        return {**columns_of(value), "folded": folded(f"{value.title}\n{value.text}")}

    def _index(self, bulletin: Bulletin) -> None:
        rows = [{"bulletin_id": bulletin.id, "area_id": area} for area in sorted(set(bulletin.targets.areas))]
        add_rows(self._session, BulletinAreaRow, rows)
        content = {bulletin.original_sha256, *(each.sha256 for each in bulletin.sound.renditions)} - {""}
        if content:
            # Earlier content stays: a replaced sound still belongs to its bulletin.
            sounds = [{"sha256": sha256, "bulletin_id": bulletin.id} for sha256 in sorted(content)]
            self._session.execute(insert_or(self._session, BulletinSoundRow).on_conflict_do_nothing(), sounds)


def existing_transmissions(session: Session, ids: Collection[TransmissionId]) -> frozenset[TransmissionId]:
    """Return those of these ids that exist."""
    if not ids:
        return frozenset()
    return frozenset(session.scalars(select(TransmissionRow.id).where(among(TransmissionRow.id, ids))))


class Transmissions(
    PlacedRepository, KeyedRepository[TransmissionId, Transmission], row=TransmissionRow, noun="transmission"
):
    """Transmissions that approvals froze."""

    def add(self, transmission: Transmission) -> None:
        super().add(transmission)
        areas = sorted(set(transmission.targets.areas))
        rows = ({"transmission_id": transmission.id, "area_id": area} for area in areas)
        add_rows(self._session, TransmissionAreaRow, rows)

    def _columns(self, value: Transmission) -> dict[str, object]:
        source_id = None if value.relay is None else value.relay.source_id
        return {**columns_of(value), "ends_at": ends_at(value), "relay_source_id": source_id}

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[Transmission]:
        return self._list(TransmissionRow.bulletin_id == bulletin_id, order=(TransmissionRow.id,))

    def in_force(self, bulletin_ids: Iterable[BulletinId]) -> Sequence[Transmission]:
        """Return those of these bulletins that are not withdrawn, by id."""
        row = TransmissionRow
        return self._list(row.bulletin_id.in_(sorted(bulletin_ids)), row.withdrawn_at.is_(None), order=(row.id,))

    def place(self, transmission: Transmission) -> None:
        """Store the places that a running order gives to its airings; everything else stays as it was frozen."""
        values = {"schedules": transmission.schedules, "ends_at": ends_at(transmission)}
        change(self._session, update(TransmissionRow).where(TransmissionRow.id == transmission.id).values(values))

    def withdraw(self, transmission_id: TransmissionId, at: datetime) -> None:
        is_it = (TransmissionRow.id == transmission_id, TransmissionRow.withdrawn_at.is_(None))
        if change(self._session, update(TransmissionRow).where(*is_it).values(withdrawn_at=at)) == 0:
            self.get(transmission_id)

    def reaching(self, areas: Iterable[AreaId], since_at: datetime) -> Sequence[Transmission]:
        """Return those not withdrawn that may air after ``since_at``, with targets in any of these areas' chains."""
        tree = self._places.tree()
        touched = sorted({above for area in areas for above in tree.lineage(area)})
        candidates = select(TransmissionAreaRow.transmission_id).where(TransmissionAreaRow.area_id.in_(touched))
        columns = TransmissionRow.__table__.c
        return _TRANSMISSIONS.values(
            self._session,
            columns.id.in_(candidates),
            columns.withdrawn_at.is_(None),
            or_(columns.ends_at.is_(None), columns.ends_at > since_at),
        )


class Plans(Repository):
    """Day plans of areas; it keeps ``plan_items`` in step for the queries."""

    def get(self, area_id: AreaId, on: date) -> StoredPlan | None:
        return self._found(StoredPlan, select(DayPlanRow).where(DayPlanRow.area_id == area_id, DayPlanRow.on == on))

    def of_area(self, area_id: AreaId, first_on: date, last_on: date) -> Sequence[StoredPlan]:
        days = select(DayPlanRow).where(DayPlanRow.area_id == area_id, DayPlanRow.on.between(first_on, last_on))
        return self._listed(StoredPlan, days.order_by(DayPlanRow.on))

    def put(self, plan: DayPlan, sha256: str, size: int, built_at: datetime) -> None:
        """Replace that area's day; its ``version`` rises by one."""
        values = {"plan": plan, "sha256": sha256, "bytes": size, "built_at": built_at, "sent_at": None}
        day, item = DayPlanRow, PlanItemRow
        again = update(day).where(day.area_id == plan.area_id, day.on == plan.on)
        if change(self._session, again.values(version=day.version + 1, **values)) == 0:
            self._session.execute(insert(day), [{"area_id": plan.area_id, "on": plan.on, "version": 1, **values}])
        else:
            change(self._session, delete(item).where(item.area_id == plan.area_id, item.on == plan.on))
        add_rows(self._session, PlanItemRow, _items(plan))

    def drop_after(self, area_ids: Iterable[AreaId], on: date) -> None:
        """Delete the plans of days after ``on``, for areas that are closed by then."""
        ids = list(area_ids)
        change(self._session, delete(PlanItemRow).where(PlanItemRow.area_id.in_(ids), PlanItemRow.on > on))
        change(self._session, delete(DayPlanRow).where(DayPlanRow.area_id.in_(ids), DayPlanRow.on > on))

    def mark_sent(self, area_id: AreaId, days: Iterable[tuple[date, str]], at: datetime) -> None:
        """Record that the manifest naming these (day, sha256) of an area was sent at ``at``."""
        day = DayPlanRow
        for on, sha256 in days:
            is_it = (day.area_id == area_id, day.on == on, day.sha256 == sha256, day.sent_at.is_(None))
            change(self._session, update(day).where(*is_it).values(sent_at=at))


def _items(plan: DayPlan) -> list[dict[str, object]]:
    return [
        *(_item(plan, entry, placed=True) for entry in plan.entries),
        *(_item(plan, made.entry, placed=True, only_devices=len(made.devices)) for made in plan.made_good),
        *(_item(plan, item, placed=False) for item in plan.unplaced),
    ]


def _item(
    plan: DayPlan, item: PlanEntry | Unplaced, *, placed: bool, only_devices: int | None = None
) -> dict[str, object]:
    return {
        "area_id": plan.area_id,
        "on": plan.on,
        "occurrence_id": item.occurrence_id,
        "transmission_id": item.transmission_id,
        "bulletin_id": item.bulletin_id,
        "title": item.title,
        "start_at": item.start_at,
        "end_at": item.end_at,
        "placed": placed,
        "only_devices": only_devices,
        "is_unsigned": not placed and NOT_SIGNED in item.reasons,
    }
