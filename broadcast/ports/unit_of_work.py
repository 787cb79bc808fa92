"""Ports: the interfaces that the use cases need from outside, named by role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature, SignatureSigner
from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, Transmission, TransmissionId
from broadcast.ports.alerts import AlertPolicies, Alerts, Declarations, DrillPlans, Orders
from broadcast.ports.areas import Chimes, DateSets, Exemptions, FeedbackRegister, Phrases, Places, Pronunciations
from broadcast.ports.live import LiveSessions
from broadcast.ports.relays import RelaySources
from broadcast.ports.sharing import HandedDowns, Shares, Templates
from broadcast.ports.stations import Offers, Programmes, Stations
from broadcast.scheduling.make_good import Missed
from broadcast.scheduling.slots import Slot, SlotId
from devices.model import Device, DeviceId, Posts
from province.areas import AreaId
from province.events import Event
from province.people import UserId


class Bulletins(Protocol):
    def get(self, bulletin_id: BulletinId) -> Bulletin:
        """Return the one of this id. Raises NotFoundError."""

    def add(self, bulletin: Bulletin) -> None: ...

    def save(self, bulletin: Bulletin) -> None:
        """Store ``bulletin`` whose ``version`` is one above the stored one; else raises ConflictError."""


class ReviewSnapshots(Protocol):
    """Review snapshots: versions of a bulletin as reviewers were shown them."""

    def add(self, look: ReviewSnapshot) -> None:
        """Add a look; harmless when the person's look at that version is there: the first one counts."""

    def of(self, bulletin_id: BulletinId, user_id: UserId) -> Sequence[ReviewSnapshot]:
        """Return one person's looks at one bulletin, newest first."""


class Approvals(Protocol):
    """Documents of approvals, as their approvers may sign them, and the signatures attached."""

    def add(self, document: ApprovalDocument) -> None: ...

    def documents(self, bulletin_id: BulletinId) -> Sequence[ApprovalDocument]:
        """Return all of a bulletin, newest first."""

    def add_signature(self, signature: ApprovalSignature) -> bool:
        """Add a signature; return False where the approval has that very signature already."""

    def signatures(self, bulletin_id: BulletinId) -> Sequence[ApprovalSignature]:
        """Return all of a bulletin, oldest first."""

    def signed(self, transmission_ids: Iterable[TransmissionId]) -> frozenset[TransmissionId]:
        """Return those of these transmissions that carry a signature."""


class SignatureCheck(Protocol):
    """Digital signatures, verified against what the operator trusts."""

    def check(self, document: bytes, signature: bytes, *, since_at: datetime, now: datetime) -> SignatureSigner:
        """Return who signed this document between ``since_at`` and ``now``. Raises InvalidError with the reason."""


class Slots(Protocol):
    def get(self, slot_id: SlotId) -> Slot:
        """Return the one of this id. Raises NotFoundError."""

    def add(self, slot: Slot) -> None: ...

    def save(self, slot: Slot) -> None: ...

    def of_holder(self, user_id: UserId) -> Sequence[Slot]:
        """Return those not revoked, by id."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Slot]:
        """Return those not revoked at these very areas, by id."""


class Transmissions(Protocol):
    def add(self, transmission: Transmission) -> None: ...

    def get(self, transmission_id: TransmissionId) -> Transmission: ...

    def get_many(self, transmission_ids: Iterable[TransmissionId]) -> Mapping[TransmissionId, Transmission]: ...

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[Transmission]: ...

    def withdraw(self, transmission_id: TransmissionId, at: datetime) -> None: ...

    def reaching(self, areas: Iterable[AreaId], since_at: datetime) -> Sequence[Transmission]:
        """Return those not withdrawn that may air after ``since_at``, with targets in any of these areas' chains."""


class Devices(Protocol):
    def get(self, device_id: DeviceId) -> Device: ...

    def add(self, device: Device) -> None: ...

    def save(self, device: Device) -> None: ...

    def in_area(self, area_id: AreaId) -> Sequence[Device]:
        """Return devices in service attached to this very area."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Device]:
        """Return devices in service attached to any of these very areas, by id."""

    def posts(self, area_ids: Iterable[AreaId], *, with_points: bool = False, heard: bool = False) -> Sequence[Posts]:
        """Count the same; an area without any is left out. ``heard``: without boards and quarantined devices."""

    def planning_areas(self) -> Sequence[AreaId]:
        """Return areas in force that have devices in service."""

    def with_boards(self, area_ids: Iterable[AreaId]) -> Collection[AreaId]:
        """Return those of these very areas that have a board in service."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was published: the content of ``sha256`` is the wire form, ``plan`` keeps the reasons."""

    plan: DayPlan
    sha256: str
    bytes: int
    version: int
    built_at: datetime


@dataclass(frozen=True, slots=True)
class StoredBoardPlan:
    """Board plan of an area, as it was published. ``is_empty``: nothing to show, and a manifest names none."""

    area_id: AreaId
    sha256: str
    bytes: int
    is_empty: bool
    built_at: datetime


class BoardPlans(Protocol):
    def get(self, area_id: AreaId) -> StoredBoardPlan | None: ...

    def put(self, plan: StoredBoardPlan) -> None:
        """Replace that area's."""


class Plans(Protocol):
    def get(self, area_id: AreaId, on: date) -> StoredPlan | None: ...

    def of_area(self, area_id: AreaId, first_on: date, last_on: date) -> Sequence[StoredPlan]: ...

    def put(self, plan: DayPlan, sha256: str, size: int, built_at: datetime) -> None:
        """Replace that area's day; its ``version`` rises by one."""


class Deliveries(Protocol):
    def advance(self, deliveries: Iterable[Delivery]) -> None:
        """Keep, for each device and occurrence, the one of highest rank."""

    def record(self, as_runs: Iterable[AsRun]) -> Sequence[AsRun]:
        """Store those not yet known by (device, record id); return the new ones."""

    def of_occurrence(self, occurrence_id: OccurrenceId) -> Sequence[Delivery]: ...

    def state_of(self, occurrence_id: OccurrenceId, device_id: DeviceId) -> DeliveryState | None:
        """Return its highest rung; None where none was reported."""

    def areas_of(self, device_id: DeviceId, occurrences: Collection[OccurrenceId]) -> Mapping[OccurrenceId, AreaId]:
        """Return the area in which the device was for each of these that has a delivery."""


class MissedAirings(Protocol):
    """Airings that devices missed, and the areas' rules on them."""

    def get(self, occurrence_id: OccurrenceId, device_id: DeviceId) -> Missed | None: ...

    def put(self, missed: Iterable[Missed]) -> None:
        """Store each, replacing the record of the same airing on the same device."""

    def of_occurrence(self, occurrence_id: OccurrenceId) -> Sequence[Missed]:
        """Return all of an occurrence, by device."""

    def owed_in(self, area_id: AreaId, now: datetime) -> Sequence[Missed]:
        """Return those planned and not over by ``now``, of devices in service that are in this very area now."""

    def planned_of(self, transmission_id: TransmissionId, now: datetime) -> Sequence[Missed]:
        """Return those of a transmission that are planned and not over."""

    def rules(self) -> Sequence[MakeGoodRule]:
        """Return every area's own rules, by area and class."""

    def set_rule(self, rule: MakeGoodRule) -> None:
        """Replace the area's own rule for the class."""


class OutboxKind(StrEnum):
    """Kinds of outbox rows. The message is made and signed when it is sent, never stored signed.

    PLAN: replan this area · MANIFEST: publish this area's manifest · DESIRED: publish this device's ·
    CANCEL: cancel the occurrences in ``payload`` in this area · RECEIPT: confirm that a device's records are stored ·
    ALERT: send the order · ALERT_END: withdraw the order · STOP: silence what the stop names ·
    STATIONS: send the stations this CAP document · PROGRAMME: send them this programme ·
    RECEIVER: send this device all that is meant for it as a station's receiver, and clear the rest ·
    LIVE: open or close the loudspeakers for this live address, or have them sound what was recorded for it ·
    REVOCATION: update the broker's revocation lists, and end this device's connection (empty: no connection) ·
    INSTALL: send a device its image, or withdraw it · UNKNOWN_END: end an order that only devices know.
    """

    PLAN = "plan"
    MANIFEST = "manifest"
    DESIRED = "desired"
    CANCEL = "cancel"
    RECEIPT = "receipt"
    ALERT = "alert"
    ALERT_END = "alert_end"
    STOP = "stop"
    STATIONS = "stations"
    LIVE = "live"
    PROGRAMME = "programme"
    RECEIVER = "receiver"
    REVOCATION = "revocation"
    INSTALL = "install"
    UNKNOWN_END = "unknown_end"


class Outbox(Protocol):
    def add(self, kind: OutboxKind, subject_id: str, payload: dict[str, object] | None = None) -> None:
        """Add a row, due from the commit until it is marked sent: at least once, in order per subject."""


class JobKind(StrEnum):
    """Kinds of background jobs; ``subject_id`` is the id of the bulletin, alert, phrase, chime and so on.

    Jobs of an alert go before others.
    """

    MAKE_SOUND = "make_sound"
    MAKE_ALERT_SOUND = "make_alert_sound"
    CHECK_PHRASE = "check_phrase"
    MAKE_CHIME = "make_chime"
    MAKE_ADDRESS = "make_address"
    COUNT_FIGURES = "count_figures"
    MAKE_REPORT = "make_report"
    MAKE_PROGRAMME = "make_programme"
    MAKE_OFFER = "make_offer"


class Jobs(Protocol):
    def add(self, kind: JobKind, subject_id: str, payload: dict[str, object]) -> str:
        """Add a queued job and return its id. It is enqueued after the commit."""

    def cancel(self, job_id: str) -> None:
        """Cancel a job: a queued one will not run, a running one's result is not used. Unknown ids are ignored."""


class Voices(Protocol):
    """Languages that can be spoken; every other one has to be recorded."""

    def speaks(self, language: str) -> bool: ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without ``commit`` rolls back."""

    @property
    def bulletins(self) -> Bulletins: ...

    @property
    def looks(self) -> ReviewSnapshots: ...

    @property
    def approvals(self) -> Approvals: ...

    @property
    def slots(self) -> Slots: ...

    @property
    def inbox(self) -> HandedDowns: ...

    @property
    def transmissions(self) -> Transmissions: ...

    @property
    def places(self) -> Places: ...

    @property
    def devices(self) -> Devices: ...

    @property
    def plans(self) -> Plans: ...

    @property
    def board_plans(self) -> BoardPlans: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def missed(self) -> MissedAirings: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def orders(self) -> Orders: ...

    @property
    def declarations(self) -> Declarations: ...

    @property
    def alert_policy(self) -> AlertPolicies: ...

    @property
    def drill_plans(self) -> DrillPlans: ...

    @property
    def words(self) -> Pronunciations: ...

    @property
    def phrases(self) -> Phrases: ...

    @property
    def chimes(self) -> Chimes: ...

    @property
    def templates(self) -> Templates: ...

    @property
    def shares(self) -> Shares: ...

    @property
    def date_sets(self) -> DateSets: ...

    @property
    def exemptions(self) -> Exemptions: ...

    @property
    def feedback(self) -> FeedbackRegister: ...

    @property
    def live(self) -> LiveSessions: ...

    @property
    def relays(self) -> RelaySources: ...

    @property
    def stations(self) -> Stations: ...

    @property
    def programmes(self) -> Programmes: ...

    @property
    def offers(self) -> Offers: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def jobs(self) -> Jobs: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def record(self, event: Event) -> None:
        """Append to the hash-chained log in the same transaction."""

    def commit(self) -> None: ...


UnitOfWorkFactory = Callable[[], UnitOfWork]


class Content(Protocol):
    """The content store, as the planner needs it."""

    def put_bytes(self, data: bytes) -> str:
        """Store and return the SHA-256 (lower-case hex). Storing the same bytes again is harmless."""
