"""Transmissions: the frozen instruction that an approval makes, with its occurrences, plan entries and day plans."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import After, BoardText, BulletinId, Rendition, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import Relayable
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId

TransmissionId = NewType("TransmissionId", str)
OccurrenceId = NewType("OccurrenceId", str)


EVERYWHERE = AreaId("")
"""Stands for an area in ``Transmission.frames``: every place where it is heard."""


@dataclass(frozen=True, slots=True)
class SoundFrame:
    """Sounds before and after an item: the devices' renditions of an area's opening and closing sound.

    ``skip_ms`` of the item's beginning are left out: the house's own chime, in the place of which the opening sounds.
    """

    opening: Rendition | None = None
    closing: Rendition | None = None
    skip_ms: int = 0

    @property
    def added_ms(self) -> int:
        """Length that it adds to an airing, in ms."""
        around = (self.opening, self.closing)
        return sum(each.duration_ms for each in around if each is not None) - self.skip_ms


@dataclass(frozen=True, slots=True)
class Transmission:
    """Approved bulletin as it airs, with no reference to anything that can change later.

    ``prio`` is the one scale of ``broadcast.bulletins.priority``. ``rendition`` is the device's, ``board`` the text on
    boards. Names are frozen copies. What is ever set afterwards: ``withdrawn_at``, and the places of ``schedules`` in
    running orders. ``frames`` gives by area the sounds around it there and below, the nearest area's; as one area hears
    it (``broadcast.bulletins.framing``) it has one, of EVERYWHERE, or none. ``make_good`` are the rules on missed
    airings that were in force where it is heard when it was approved. ``topic``, ``origin`` and ``genre`` are the
    fields that reports count by. With ``relay`` the stream is heard, else ``rendition``; ``rendition`` stands in where
    the stream fails.
    """

    id: TransmissionId
    bulletin_id: BulletinId
    bulletin_version: int
    title: str
    priority: PriorityClass
    prio: int
    targets: Targets
    schedules: tuple[Schedule, ...]
    rendition: Rendition
    after: After
    submitted_by: UserId
    submitted_by_name: str
    approved_by: UserId
    approved_by_name: str
    approved_at: datetime
    valid_from_at: datetime | None = None
    valid_until_at: datetime | None = None
    withdrawn_at: datetime | None = None
    frames: tuple[tuple[AreaId, SoundFrame], ...] = ()
    make_good: tuple[MakeGoodRule, ...] = ()
    topic: str = ""
    origin: str = ""
    board: BoardText | None = None
    relay: Relayable | None = None
    genre: str = ""

    @property
    def frame(self) -> SoundFrame | None:
        """Frame of a transmission as one area hears it (``broadcast.bulletins.framing``): the sounds around it."""
        return self.frames[0][1] if self.frames else None

    @property
    def duration_ms(self) -> int:
        """Length of an airing in ms, where it is longest."""
        return longest_ms(self.rendition, self.frames, self.relay)


def longest_ms(rendition: Rendition, frames: tuple[tuple[AreaId, SoundFrame], ...], relay: Relayable | None) -> int:
    """Return ``Transmission.duration_ms`` for these fields, in ms."""
    if relay is not None:
        return relay.length_ms
    if not frames:
        return rendition.duration_ms
    added_ms = [frame.added_ms for _, frame in frames]
    is_heard_alike = frames[0][0] == EVERYWHERE
    return rendition.duration_ms + max(added_ms if is_heard_alike else (0, *added_ms))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One airing. ``id`` is the same for the same rule and original date, wherever it was moved to."""

    id: OccurrenceId
    transmission_id: TransmissionId
    schedule_id: str
    original_on: date
    start_at: datetime
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason for the place of an entry, or for its absence: stable code and figures for the sentence.

    ``other`` names the transmission that won or was displaced, with its title frozen in ``detail``.
    """

    code: str
    other: TransmissionId | None = None
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One item that a loudspeaker will play."""

    occurrence_id: OccurrenceId
    transmission_id: TransmissionId
    bulletin_id: BulletinId
    title: str
    start_at: datetime
    end_at: datetime
    prio: int
    rendition: Rendition
    after: After
    reasons: tuple[Reason, ...]
    frame: SoundFrame | None = None
    relay: Relayable | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """One promised item that will not be heard there, and why."""

    occurrence_id: OccurrenceId
    transmission_id: TransmissionId
    bulletin_id: BulletinId
    title: str
    start_at: datetime
    end_at: datetime
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MadeGood:
    """An entry for some devices only: those that missed an airing and hear it now."""

    entry: PlanEntry
    devices: tuple[DeviceId, ...]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Plan of one leaf area for one local date; entries in time order and disjoint, with those of ``made_good``."""

    area_id: AreaId
    on: date
    entries: tuple[PlanEntry, ...]
    unplaced: tuple[Unplaced, ...]
    made_good: tuple[MadeGood, ...] = ()

    def heard_by(self, device_id: DeviceId) -> tuple[PlanEntry, ...]:
        """Return the entries that one device of the area hears, in time order."""
        own = [made.entry for made in self.made_good if device_id in made.devices]
        return tuple(sorted((*self.entries, *own), key=lambda entry: entry.start_at)) if own else self.entries
