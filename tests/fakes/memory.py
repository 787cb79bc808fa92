"""In-memory store with the real one's transactions: a block that does not commit leaves nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from types import TracebackType
from typing import Self, cast

from broadcast.alerts.drills import DrillPlan, DrillPlanId
from broadcast.alerts.model import Alert, AlertId, AlertPolicy, OrderId
from broadcast.alerts.orders import DeclarationRight, Order, OrderReach, Stop, StopId
from broadcast.boards.showings import shows_after
from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.framing import Chime, ChimeId
from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, TemplateId
from broadcast.bulletins.transmissions import OccurrenceId, Transmission, TransmissionId
from broadcast.feedback.model import Feedback, FeedbackId
from broadcast.inbox.model import HandedDown, HandedDownId, InboxRules
from broadcast.live.model import LiveId, LiveSession
from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from broadcast.scheduling.area_rules import AreaRules, Exemption, ExemptionId
from broadcast.scheduling.closed_days import DateSet, DateSetId
from broadcast.scheduling.make_good import Missed
from broadcast.scheduling.recurrence import next_start_at
from broadcast.scheduling.slots import Slot, SlotId
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from cms.boards.repository import StoredBoardPlan
from cms.bulletins.repository.bulletins import StoredPlan
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId, DeviceKind, Posts
from province.areas import Area, AreaId
from province.errors import ConflictError, NotFoundError
from province.events import Event
from province.people import UserId
from province.wall_clock import DEFAULT_ZONE
from tests.fakes.alerts import (
    MemoryAlertPolicies,
    MemoryAlerts,
    MemoryDeclarations,
    MemoryDrillPlans,
    MemoryOrders,
)
from tests.fakes.boards import MemoryBoardPlans
from tests.fakes.chimes import MemoryChimes
from tests.fakes.date_sets import MemoryDateSets
from tests.fakes.exemptions import MemoryExemptions
from tests.fakes.feedback import MemoryFeedbackRegister
from tests.fakes.ids import counting_ids
from tests.fakes.inbox import MemoryInbox
from tests.fakes.live import MemoryLiveSessions
from tests.fakes.missed import MemoryMissedAirings
from tests.fakes.phrases import MemoryPhrases
from tests.fakes.places import MemoryPlaces
from tests.fakes.plans import MemoryPlans
from tests.fakes.pronunciations import MemoryPronunciations
from tests.fakes.relays import MemoryRelaySources
from tests.fakes.repositories import REPOSITORIES
from tests.fakes.review import MemoryApprovals, MemoryReviewSnapshots, MemorySlots
from tests.fakes.sharing import MemoryShares, MemoryTemplates
from tests.fakes.stations import MemoryOffers, MemoryProgrammes, MemoryStations, StationState

RANK = {
    state: place
    for place, state in enumerate(
        (
            DeliveryState.PLANNED,
            DeliveryState.SENT,
            DeliveryState.RECEIVED,
            DeliveryState.READY,
            DeliveryState.STARTED,
            DeliveryState.MISSED,
            DeliveryState.CUT,
            DeliveryState.DONE,
        )
    )
}


@dataclass(frozen=True)
class OutboxRow:
    kind: OutboxKind
    subject_id: str
    payload: dict[str, object]


@dataclass(frozen=True)
class JobRow:
    id: str
    kind: JobKind
    subject_id: str
    payload: dict[str, object]
    is_cancelled: bool = False


@dataclass
class State:
    """Stored state. Values are frozen, so a copy of the containers is a snapshot."""

    areas: dict[AreaId, Area] = field(default_factory=dict)
    rules: dict[AreaId, AreaRules] = field(default_factory=dict)
    devices: dict[DeviceId, Device] = field(default_factory=dict)
    online: set[DeviceId] = field(default_factory=set)
    bulletins: dict[BulletinId, Bulletin] = field(default_factory=dict)
    looks: dict[tuple[BulletinId, UserId, int], ReviewSnapshot] = field(default_factory=dict)
    approvals: list[ApprovalDocument] = field(default_factory=list)
    signatures: list[ApprovalSignature] = field(default_factory=list)
    slots: dict[SlotId, Slot] = field(default_factory=dict)
    inbox: dict[HandedDownId, HandedDown] = field(default_factory=dict)
    inbox_rules: dict[AreaId, InboxRules] = field(default_factory=dict)
    transmissions: dict[TransmissionId, Transmission] = field(default_factory=dict)
    plans: dict[tuple[AreaId, date], StoredPlan] = field(default_factory=dict)
    board_plans: dict[AreaId, StoredBoardPlan] = field(default_factory=dict)
    deliveries: dict[tuple[OccurrenceId, DeviceId], Delivery] = field(default_factory=dict)
    as_runs: dict[tuple[DeviceId, str], AsRun] = field(default_factory=dict)
    missed: dict[tuple[OccurrenceId, DeviceId], Missed] = field(default_factory=dict)
    make_good_rules: dict[tuple[AreaId, str], MakeGoodRule] = field(default_factory=dict)
    alerts: dict[AlertId, Alert] = field(default_factory=dict)
    orders: dict[OrderId, Order] = field(default_factory=dict)
    reaches: dict[tuple[OrderId, DeviceId], OrderReach] = field(default_factory=dict)
    stops: dict[StopId, Stop] = field(default_factory=dict)
    rights: dict[tuple[UserId, AreaId], DeclarationRight] = field(default_factory=dict)
    policies: list[AlertPolicy] = field(default_factory=list)
    drill_plans: dict[DrillPlanId, DrillPlan] = field(default_factory=dict)
    words: dict[PronunciationId, DictionaryEntry] = field(default_factory=dict)
    phrases: dict[PhraseId, PhraseRecording] = field(default_factory=dict)
    chimes: dict[ChimeId, Chime] = field(default_factory=dict)
    area_kinds: dict[str, bool] = field(
        default_factory=lambda: dict.fromkeys(("commune", "ward", "township", "special_zone"), True)
    )
    templates: dict[TemplateId, BulletinTemplate] = field(default_factory=dict)
    shares: dict[ShareId, Share] = field(default_factory=dict)
    date_sets: dict[DateSetId, DateSet] = field(default_factory=dict)
    exemptions: dict[ExemptionId, Exemption] = field(default_factory=dict)
    feedback: dict[FeedbackId, Feedback] = field(default_factory=dict)
    live: dict[LiveId, tuple[LiveSession, frozenset[AreaId]]] = field(default_factory=dict)
    relays: dict[RelaySourceId, RelaySource] = field(default_factory=dict)
    relay_health: dict[RelaySourceId, SourceHealth] = field(default_factory=dict)
    of_stations: StationState = field(default_factory=StationState)
    outbox: list[OutboxRow] = field(default_factory=list)
    jobs: dict[str, JobRow] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def snapshot(self) -> State:
        return State(**{each.name: getattr(self, each.name).copy() for each in fields(self)})


class MemoryBulletins:
    def __init__(self, state: State) -> None:
        self._rows = state.bulletins

    def get(self, bulletin_id: BulletinId) -> Bulletin:
        if bulletin_id not in self._rows:
            raise NotFoundError("bulletin", bulletin_id)
        return self._rows[bulletin_id]

    def add(self, bulletin: Bulletin) -> None:
        assert bulletin.id not in self._rows
        self._rows[bulletin.id] = bulletin

    def save(self, bulletin: Bulletin) -> None:
        actual = self.get(bulletin.id).version
        if actual != bulletin.version - 1:
            raise ConflictError("bulletin", bulletin.id, bulletin.version - 1, actual)
        self._rows[bulletin.id] = bulletin


class MemoryTransmissions:
    def __init__(self, state: State, places: MemoryPlaces) -> None:
        self._rows = state.transmissions
        self._places = places

    def add(self, transmission: Transmission) -> None:
        assert transmission.id not in self._rows
        self._rows[transmission.id] = transmission

    def get(self, transmission_id: TransmissionId) -> Transmission:
        if transmission_id not in self._rows:
            raise NotFoundError("transmission", transmission_id)
        return self._rows[transmission_id]

    def get_many(self, transmission_ids: Iterable[TransmissionId]) -> dict[TransmissionId, Transmission]:
        return {each: self._rows[each] for each in transmission_ids if each in self._rows}

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[Transmission]:
        return [row for _, row in sorted(self._rows.items()) if row.bulletin_id == bulletin_id]

    def withdraw(self, transmission_id: TransmissionId, at: datetime) -> None:
        found = self.get(transmission_id)
        if found.withdrawn_at is None:
            self._rows[transmission_id] = replace(found, withdrawn_at=at)

    def reaching(self, areas: Iterable[AreaId], since_at: datetime) -> Sequence[Transmission]:
        tree = self._places.tree()
        touched = {above for area_id in areas for above in tree.lineage(area_id)}
        return [
            row
            for _, row in sorted(self._rows.items())
            if row.withdrawn_at is None
            and not touched.isdisjoint(row.targets.areas)
            and (
                next_start_at(row.schedules, since_at, row.valid_from_at, row.valid_until_at) is not None
                or shows_after(row, since_at, DEFAULT_ZONE)
            )
        ]


class MemoryDevices:
    def __init__(self, state: State, places: MemoryPlaces) -> None:
        self._rows = state.devices
        self._online = state.online
        self._places = places

    def get(self, device_id: DeviceId) -> Device:
        if device_id not in self._rows:
            raise NotFoundError("device", device_id)
        return self._rows[device_id]

    def add(self, device: Device) -> None:
        assert device.id not in self._rows
        self._rows[device.id] = device

    def save(self, device: Device) -> None:
        self.get(device.id)
        self._rows[device.id] = device

    def in_area(self, area_id: AreaId) -> Sequence[Device]:
        return self.in_areas([area_id])

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Device]:
        wanted = set(area_ids)
        return [
            d for _, d in sorted(self._rows.items()) if d.area_id in wanted and d.retired_at is None and not d.revoked
        ]

    def posts(self, area_ids: Iterable[AreaId], *, with_points: bool = False, heard: bool = False) -> Sequence[Posts]:
        found: list[Posts] = []
        for area_id, is_online in itertools.product(sorted(set(area_ids)), (False, True)):
            here = [each for each in self.in_area(area_id) if (each.id in self._online) == is_online]
            there = [each for each in here if not (heard and (each.quarantined or each.kind is DeviceKind.BOARD))]
            if there:
                points = tuple(each.point for each in there if with_points and each.point is not None)
                found.append(Posts(area_id, is_online, len(there), points))
        return found

    def with_boards(self, area_ids: Iterable[AreaId]) -> Collection[AreaId]:
        return {each.area_id for each in self.in_areas(area_ids) if each.kind is DeviceKind.BOARD}

    def planning_areas(self) -> Sequence[AreaId]:
        tree = self._places.tree()
        held = {d.area_id for d in self._rows.values() if d.retired_at is None and not d.revoked}
        return sorted(area_id for area_id in held if tree.get(area_id).valid_to is None)


class MemoryDeliveries:
    def __init__(self, state: State) -> None:
        self._state = state

    def advance(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            key = (delivery.occurrence_id, delivery.device_id)
            known = self._state.deliveries.get(key)
            if known is None or RANK[delivery.state] > RANK[known.state]:
                is_end = known is not None and RANK[delivery.state] > RANK[DeliveryState.STARTED]
                self._state.deliveries[key] = replace(delivery, area_id=known.area_id) if known and is_end else delivery

    def record(self, as_runs: Iterable[AsRun]) -> Sequence[AsRun]:
        new: list[AsRun] = []
        for run in as_runs:
            key = (run.device_id, run.record_id)
            if key not in self._state.as_runs:
                self._state.as_runs[key] = run
                new.append(run)
        return new

    def of_occurrence(self, occurrence_id: OccurrenceId) -> Sequence[Delivery]:
        return [row for (known, _), row in sorted(self._state.deliveries.items()) if known == occurrence_id]

    def state_of(self, occurrence_id: OccurrenceId, device_id: DeviceId) -> DeliveryState | None:
        known = self._state.deliveries.get((occurrence_id, device_id))
        return None if known is None else known.state

    def areas_of(self, device_id: DeviceId, occurrences: Collection[OccurrenceId]) -> Mapping[OccurrenceId, AreaId]:
        known = {each: self._state.deliveries.get((each, device_id)) for each in occurrences}
        return {each: row.area_id for each, row in known.items() if row is not None and row.area_id}


class MemoryOutbox:
    def __init__(self, state: State) -> None:
        self._rows = state.outbox

    def add(self, kind: OutboxKind, subject_id: str, payload: dict[str, object] | None = None) -> None:
        self._rows.append(OutboxRow(kind, subject_id, payload or {}))


class MemoryJobs:
    def __init__(self, state: State, new_id: Callable[[], str]) -> None:
        self._rows = state.jobs
        self._new_id = new_id

    def add(self, kind: JobKind, subject_id: str, payload: dict[str, object]) -> str:
        job_id = self._new_id()
        self._rows[job_id] = JobRow(job_id, kind, subject_id, payload)
        return job_id

    def cancel(self, job_id: str) -> None:
        if job_id in self._rows:
            self._rows[job_id] = replace(self._rows[job_id], is_cancelled=True)


class MemoryUnitOfWork:
    """Unit of work that opens on a snapshot; ``commit`` makes it the store's state."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __enter__(self) -> Self:
        self._state = self._store.state.snapshot()
        self.places = MemoryPlaces(self._state)
        self.bulletins = MemoryBulletins(self._state)
        self.looks = MemoryReviewSnapshots(self._state.looks)
        self.approvals = MemoryApprovals(self._state.approvals, self._state.signatures)
        self.slots = MemorySlots(self._state.slots)
        self.inbox = MemoryInbox(self._state.inbox, self._state.inbox_rules, self.places.tree)
        self.transmissions = MemoryTransmissions(self._state, self.places)
        self.devices = MemoryDevices(self._state, self.places)
        self.plans = MemoryPlans(self._state.plans)
        self.board_plans = MemoryBoardPlans(self._state.board_plans)
        self.deliveries = MemoryDeliveries(self._state)
        self.missed = MemoryMissedAirings(self._state.missed, self._state.make_good_rules, self._state.devices)
        self.alerts = MemoryAlerts(self._state.alerts)
        self.orders = MemoryOrders(self._state.orders, self._state.reaches, self._state.stops, self._state.live)
        self.words = MemoryPronunciations(self._state.words)
        self.phrases = MemoryPhrases(self._state.phrases)
        self.chimes = MemoryChimes(self._state.chimes)
        self.templates = MemoryTemplates(self._state.templates)
        self.shares = MemoryShares(self._state.shares)
        self.date_sets = MemoryDateSets(self._state.date_sets)
        self.exemptions = MemoryExemptions(self._state.exemptions)
        self.feedback = MemoryFeedbackRegister(self._state.feedback)
        self.live = MemoryLiveSessions(self._state.live)
        self.relays = MemoryRelaySources(self._state.relays, self._state.relay_health, self._state.transmissions)
        self.declarations = MemoryDeclarations(self._state.rights)
        self.alert_policy = MemoryAlertPolicies(self._state.policies)
        self.drill_plans = MemoryDrillPlans(self._state.drill_plans)
        self.stations = MemoryStations(self._state.of_stations)
        self.programmes = MemoryProgrammes(self._state.of_stations)
        self.offers = MemoryOffers(self._state.of_stations)
        self.outbox = MemoryOutbox(self._state)
        self.jobs = MemoryJobs(self._state, self._store.new_job_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._state

    def __getitem__(self, kind: type) -> object:
        return getattr(self, REPOSITORIES[kind.__name__])

    def record(self, event: Event) -> None:
        self._state.events.append(event)

    def commit(self) -> None:
        self._store.state = self._state.snapshot()
        self._store.commits += 1


@dataclass
class MemoryStore:
    """Committed state for tests to look at; call the store for a unit of work."""

    state: State = field(default_factory=State)
    commits: int = 0
    new_job_id: Callable[[], str] = field(default_factory=lambda: counting_ids("job"))

    def __call__(self) -> UnitOfWork:
        return cast("UnitOfWork", MemoryUnitOfWork(self))
