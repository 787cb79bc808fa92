"""District stations (đài truyền thanh – truyền hình): the register, and the programmes that pass both ways.

A programme is an approved bulletin in broadcast quality, for stations to take. A station's own recording is an offer:
it lies on the shelf, and becomes a commune's draft when a person takes it or has a standing order for its series.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from broadcast.bulletins.model import BulletinId, Cues, Sound, Targets
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.relays.model import RelayOrder
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId

StationId = NewType("StationId", str)
ProgrammeId = NewType("ProgrammeId", str)
OfferId = NewType("OfferId", str)
StandingOrderId = NewType("StandingOrderId", str)


class LicenceState(StrEnum):
    """State of a station's licence to use its frequency. NOT_NEEDED: it only produces."""

    NOT_NEEDED = "not_needed"
    MISSING = "missing"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Station:
    """One station of ``area_id``; its people are those with the office of a station there.

    ``transmits``: it has a frequency; else it only produces. ``device_id`` is its receiver (kind ``station``), which is
    told of programmes. ``licence_until_on`` is the last day on which the licence holds.
    """

    id: StationId
    area_id: AreaId
    name: str
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    version: int = 1
    transmits: bool = True
    frequency_khz: int | None = None
    power_w: int | None = None
    site: str = ""
    licence_no: str = ""
    licence_until_on: date | None = None
    device_id: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A bulletin in broadcast quality for stations; ``id`` is the bulletin's, and stays through every change of it.

    ``sound.made_from`` names everything its files are made of. It may be aired from ``start_at`` to ``end_at`` (None:
    no end), and is to be gone by ``kill_at``; at once, where it is ``killed_at``. ``crawl`` is for the foot of a
    television picture. ``original_sha256`` is the recording that the master was made of, as far as ``cues`` leave of
    it: what has two channels is heard in both. Empty: it was spoken.
    """

    id: ProgrammeId
    bulletin_id: BulletinId
    transmission_id: TransmissionId
    targets: Targets
    title: str
    text: str
    crawl: str
    topic: str
    origin: str
    language: str
    master_sha256: str
    skip_ms: int
    approved_by_name: str
    approved_at: datetime
    start_at: datetime
    end_at: datetime | None
    kill_at: datetime | None
    changed_at: datetime
    sound: Sound = field(default_factory=Sound)
    killed_at: datetime | None = None
    version: int = 1
    original_sha256: str = ""
    cues: Cues = field(default_factory=Cues)


class ProgrammeProgress(StrEnum):
    """Progress of a programme at a station, as the station reports it; in this order."""

    DOWNLOADED = "downloaded"
    VERIFIED = "verified"
    SCHEDULED = "scheduled"
    AIRED = "aired"


@dataclass(frozen=True, slots=True)
class StationReport:
    """Report of a station about a programme: see :class:`ProgrammeReceipt`."""

    programme_id: ProgrammeId
    rung: ProgrammeProgress
    at: datetime
    sha256: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeReceipt:
    """Receipt of a station. The same station, programme, rung and ``at`` is the same receipt, however often it is sent.

    ``at``: when it was downloaded, verified, or aired; for SCHEDULED when it will be. ``sha256`` names the file, where
    the station says which.
    """

    station_id: StationId
    programme_id: ProgrammeId
    rung: ProgrammeProgress
    at: datetime
    reported_at: datetime
    reported_by_name: str
    sha256: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A programme that a station gives. Communes see it once ``sound`` is ready, up to and including ``until_on``.

    ``relay``: the offer is a stream, once its source is approved, and ``sound`` stands in where that fails.
    """

    id: OfferId
    station_id: StationId
    station_name: str
    series: str
    title: str
    text: str
    topic: str
    original_sha256: str
    original_name: str
    offered_at: datetime
    offered_by: UserId
    offered_by_name: str
    until_on: date | None = None
    sound: Sound = field(default_factory=Sound)
    relay: RelayOrder | None = None
    withdrawn_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """Each new offer of the series becomes a draft of the commune ``area_id``, in the name of who ordered it."""

    id: StandingOrderId
    area_id: AreaId
    station_id: StationId
    series: str
    ordered_at: datetime
    ordered_by: UserId
    ordered_by_name: str


@dataclass(frozen=True, slots=True)
class TakenOffer:
    """Bulletin that a commune made of an offer: one for each pair. ``order_id``: made by that standing order."""

    offer_id: OfferId
    area_id: AreaId
    bulletin_id: BulletinId
    taken_at: datetime
    taken_by_name: str
    order_id: StandingOrderId | None = None
