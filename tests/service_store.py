"""The store for tests of services: the product's own unit of work on a lent SQLite database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy import delete, select, text

from broadcast.alerts.drills import DrillPlan
from broadcast.alerts.model import Alert
from broadcast.alerts.orders import Order, OrderReach
from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.framing import Chime
from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from broadcast.bulletins.transmissions import Transmission
from broadcast.feedback.model import Feedback
from broadcast.inbox.model import HandedDown
from broadcast.live.model import LiveSession
from broadcast.relays.model import RelaySource, SourceHealth
from broadcast.scheduling.closed_days import DateSet
from broadcast.scheduling.make_good import Missed
from broadcast.scheduling.slots import Slot
from broadcast.speech.readings import DictionaryEntry
from broadcast.stations.model import Offer, Programme, Station
from cms.alerts.tables import AlertRow, DrillPlanRow, OrderRow, ReachRow
from cms.areas.tables import AreaRow
from cms.boards.repository import StoredBoardPlan
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.tables.bulletins import (
    ApprovalDocumentRow,
    ApprovalSignatureRow,
    BoardPlanRow,
    BulletinRow,
    DayPlanRow,
    ReviewSnapshotRow,
    SlotRow,
    TransmissionAreaRow,
    TransmissionRow,
)
from cms.bulletins.tables.sharing import ChimeRow
from cms.feedback.tables import FeedbackRow
from cms.fleet.tables import DeviceRow
from cms.inbox.tables import HandedDownRow
from cms.live.tables import LiveRow
from cms.platform.store.columns import Base
from cms.platform.store.engine import reading
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.rows import columns_of, value_of
from cms.platform.store.tables import EventRow, JobRow, OutboxRow
from cms.platform.store.uow import Committed, UnitOfWork
from cms.relays.tables import RelaySourceRow, SourceHealthRow
from cms.schedule.tables import AsRunRow, DateSetRow, MissedRow
from cms.speech.tables import PronunciationRow
from cms.stations.tables import OfferRow, ProgrammeRow, StationRow
from devices.model import Device
from province.areas import Area
from province.events import Event
from tests.fakes.ids import counting_ids
from tests.fakes.programme import NOW
from tests.lent_database import Fill, lend

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V", bound="DataclassInstance")

# Columns are named like the fields of the values.
_TABLES: dict[type, type[Base]] = {
    Alert: AlertRow,
    Area: AreaRow,
    ApprovalDocument: ApprovalDocumentRow,
    ApprovalSignature: ApprovalSignatureRow,
    AsRun: AsRunRow,
    Bulletin: BulletinRow,
    Chime: ChimeRow,
    DateSet: DateSetRow,
    Device: DeviceRow,
    DictionaryEntry: PronunciationRow,
    DrillPlan: DrillPlanRow,
    Feedback: FeedbackRow,
    HandedDown: HandedDownRow,
    LiveSession: LiveRow,
    Missed: MissedRow,
    Offer: OfferRow,
    Order: OrderRow,
    OrderReach: ReachRow,
    Programme: ProgrammeRow,
    RelaySource: RelaySourceRow,
    ReviewSnapshot: ReviewSnapshotRow,
    Slot: SlotRow,
    SourceHealth: SourceHealthRow,
    Station: StationRow,
    StoredBoardPlan: BoardPlanRow,
    StoredPlan: DayPlanRow,
    Transmission: TransmissionRow,
}


@dataclass(frozen=True)
class OutboxEntry:
    kind: OutboxKind
    subject_id: str
    payload: dict[str, object]


@dataclass(frozen=True)
class JobEntry:
    id: str
    kind: JobKind
    subject_id: str
    payload: dict[str, object]
    is_cancelled: bool = False


class ServiceStore:
    """Database of its own, filled by ``fill``; called, it gives a unit of work. ``commits`` counts those of units."""

    def __init__(self, fill: Fill | None = None) -> None:
        self.commits = 0
        self.new_job_id = counting_ids("job")
        self._database, self.give_back = lend(self, fill)

    def __call__(self) -> UnitOfWork:
        return UnitOfWork(self._database.engine, (self._count,), lambda: NOW, self.new_job_id)

    def _count(self, done: Committed) -> None:
        del done
        self.commits += 1

    @contextmanager
    def change(self) -> Iterator[UnitOfWork]:
        """Open a unit that commits at the end of the block."""
        with self() as uow:
            yield uow
            uow.commit()

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo at the end of the block all that was committed in it."""
        commits = self.commits
        with self._database.trial():
            yield
        self.commits = commits

    # Reading what is committed.

    def all(self, kind: type[V], **wanted: object) -> list[V]:
        """List the values of a kind in the order of their writing, those with these columns."""
        with reading(self._database.engine) as session:
            rows = session.scalars(select(_TABLES[kind]).filter_by(**wanted).order_by(text("rowid")))
            return [value_of(kind, row) for row in rows]

    def one(self, kind: type[V], **wanted: object) -> V:
        (found,) = self.all(kind, **wanted)
        return found

    def events(self) -> list[Event]:
        with reading(self._database.engine) as session:
            return [
                Event(row.name, row.subject_id, row.at, row.by, row.by_name, msgspec.json.decode(row.detail))
                for row in session.scalars(select(EventRow).order_by(EventRow.seq))
            ]

    def outbox(self) -> list[OutboxEntry]:
        with reading(self._database.engine) as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [OutboxEntry(row.kind, row.subject_id, row.payload) for row in rows]

    def jobs(self) -> dict[str, JobEntry]:
        """Map each job's id to the job, in the order of their writing."""
        with reading(self._database.engine) as session:
            return {
                row.id: JobEntry(row.id, row.kind, row.subject_id, row.payload, row.state == JobState.CANCELLED)
                for row in session.scalars(select(JobRow).order_by(text("rowid")))
            }

    # Writing past the services.

    def put(self, value: DataclassInstance) -> None:
        """Write a value over the stored one, whatever its version."""
        with self.change() as uow:
            uow.session.merge(_TABLES[type(value)](**columns_of(value)))
            uow.session.flush()
            if isinstance(value, Transmission):
                uow.session.execute(delete(TransmissionAreaRow).filter_by(transmission_id=value.id))
                uow.session.add_all(
                    TransmissionAreaRow(transmission_id=value.id, area_id=a) for a in value.targets.areas
                )

    def remove(self, kind: type[V], **wanted: object) -> None:
        with self.change() as uow:
            uow.session.execute(delete(_TABLES[kind]).filter_by(**wanted))

    def clear_outbox(self) -> None:
        with self.change() as uow:
            uow.session.execute(delete(OutboxRow))
