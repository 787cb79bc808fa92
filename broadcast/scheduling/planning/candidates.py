"""Candidates: the airings that transmissions promise on a local date, expanded once and shared by every area."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcast.bulletins.transmissions import (
    Occurrence,
    OccurrenceId,
    PlanEntry,
    Reason,
    SoundFrame,
    Transmission,
    TransmissionId,
    Unplaced,
)
from broadcast.scheduling.area_rules import instant
from broadcast.scheduling.recurrence import occurrences_of
from province.areas import AreaId

PLACED = Reason("PLACED")
_UNCONTESTED = (PLACED,)
DAY = timedelta(days=1)
# How many days a transmission is expanded at a time: a usual horizon of 14 with a day at either end.
BLOCK_DAYS = 16

Key = tuple[TransmissionId, tuple[tuple[AreaId, SoundFrame], ...], int]
"""Key of a block of dates of one transmission, as areas with the same frames hear it."""
Rank = tuple[int, datetime, datetime, str]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One promised airing. The lower ``rank`` is placed first: higher priority, earlier approval, start, id.

    ``runs_over``: it ends within the date after ``on``. Each is made once, and equal to itself only: looking one up
    reads none of its fields.
    """

    rank: Rank
    on: date
    start_at: datetime
    end_at: datetime
    entry: PlanEntry
    runs_over: bool

    def placed(self, over: Iterable[Reason]) -> PlanEntry:
        """Return its entry; the same object wherever it displaced nothing, so that areas share it."""
        won = tuple(over)
        if not won:
            return self.entry
        entry = self.entry
        # Written out: dataclasses.replace costs three times as much, and a province has tens of thousands.
        return PlanEntry(
            occurrence_id=entry.occurrence_id,
            transmission_id=entry.transmission_id,
            bulletin_id=entry.bulletin_id,
            title=entry.title,
            start_at=entry.start_at,
            end_at=entry.end_at,
            prio=entry.prio,
            rendition=entry.rendition,
            after=entry.after,
            reasons=(PLACED, *won),
            frame=entry.frame,
            relay=entry.relay,
        )

    def unplaced(self, reasons: Iterable[Reason]) -> Unplaced:
        return left_out(self.entry, reasons)


def entry_of(
    transmission: Transmission,
    occurrence_id: OccurrenceId,
    start_at: datetime,
    end_at: datetime,
    *,
    reasons: tuple[Reason, ...],
) -> PlanEntry:
    """Build the plan entry of one airing of the transmission, as one area hears it."""
    return PlanEntry(
        occurrence_id=occurrence_id,
        transmission_id=transmission.id,
        bulletin_id=transmission.bulletin_id,
        title=transmission.title,
        start_at=start_at,
        end_at=end_at,
        prio=transmission.prio,
        rendition=transmission.rendition,
        after=transmission.after,
        reasons=reasons,
        frame=transmission.frame,
        relay=transmission.relay,
    )


def left_out(entry: PlanEntry, reasons: Iterable[Reason]) -> Unplaced:
    """Return the entry as unplaced, with the reasons."""
    return Unplaced(
        occurrence_id=entry.occurrence_id,
        transmission_id=entry.transmission_id,
        bulletin_id=entry.bulletin_id,
        title=entry.title,
        start_at=entry.start_at,
        end_at=entry.end_at,
        reasons=tuple(reasons),
    )


def candidate(transmission: Transmission, occurrence: Occurrence, on: date, until_at: datetime) -> Candidate:
    """Build the candidate of an occurrence; ``on`` is its local start date, ``until_at`` the end of that date."""
    end_at = occurrence.start_at + timedelta(milliseconds=occurrence.duration_ms)
    entry = entry_of(transmission, occurrence.id, occurrence.start_at, end_at, reasons=_UNCONTESTED)
    rank = (-transmission.prio, transmission.approved_at, occurrence.start_at, occurrence.id)
    return Candidate(rank, on, occurrence.start_at, end_at, entry, end_at > until_at)


class Expansion:
    """The candidates of transmissions by local date of their start, worked out once and remembered.

    What would have started before its own approval was never promised and is left out. Who knows the first date that
    is planned says so (``first_on``): a whole horizon then lies in one block.
    """

    def __init__(self, zone: str, first_on: date) -> None:
        self.zone = zone
        self._info = ZoneInfo(zone)
        self._edge = first_on.toordinal() - 1
        self._blocks: dict[Key, dict[date, list[Candidate]]] = {}
        self._midnights: dict[date, datetime] = {}

    def block(self, transmission: Transmission, number: int) -> Mapping[date, Sequence[Candidate]]:
        """Return its candidates on the dates of one block; dates without any are missing."""
        key = (transmission.id, transmission.frames, number)
        found = self._blocks.get(key)
        if found is None:
            found = self._blocks[key] = self._expanded(transmission, number)
        return found

    def number(self, on: date) -> int:
        """Return the number of the block that a date lies in."""
        return (on.toordinal() - self._edge) // BLOCK_DAYS

    def midnight(self, on: date) -> datetime:
        """Return the instant at which the local date begins."""
        found = self._midnights.get(on)
        if found is None:
            found = self._midnights[on] = instant(on, time(0), self.zone)
        return found

    def _expanded(self, transmission: Transmission, number: int) -> dict[date, list[Candidate]]:
        first_on = date.fromordinal(self._edge + number * BLOCK_DAYS)
        found: dict[date, list[Candidate]] = {}
        since_at = max(self.midnight(first_on), transmission.approved_at)
        for occurrence in occurrences_of(transmission, since_at, self.midnight(first_on + BLOCK_DAYS * DAY)):
            on = occurrence.start_at.astimezone(self._info).date()
            made = candidate(transmission, occurrence, on, self.midnight(on + DAY))
            found.setdefault(on, []).append(made)
        return found
