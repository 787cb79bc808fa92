"""The frozen instruction that an approval makes, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from broadcast.model.bulletins import After, BoardText, BulletinId, PriorityClass, Rendition, Targets
from broadcast.model.people import UserId
from broadcast.model.schedules import Schedule
from devices.areas import AreaId

TransmissionId = NewType("TransmissionId", str)
OccurrenceId = NewType("OccurrenceId", str)


@dataclass(frozen=True, slots=True)
class Transmission:
    """What was approved, with no reference to anything that can change later.

    ``prio`` is the one scale of ``broadcast.priority``. ``rendition`` is the device's, ``board`` what boards show.
    Names are frozen copies. ``withdrawn_at`` is the one field that is ever set afterwards.
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
    board: BoardText | None = None


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
    """Why an entry stands where it does, or does not: stable code and figures for the sentence.

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
class DayPlan:
    """What one leaf area hears on one local date; entries in time order and disjoint."""

    area_id: AreaId
    on: date
    entries: tuple[PlanEntry, ...]
    unplaced: tuple[Unplaced, ...]
