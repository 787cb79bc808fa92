"""What transmissions promise on a local date: the planner's input, expanded once and shared by every area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcast.model.transmissions import Occurrence, PlanEntry, Reason, Transmission, TransmissionId, Unplaced
from broadcast.quiet_hours import instant
from broadcast.recurrence import occurrences

PLACED = Reason("PLACED")
DAY = timedelta(days=1)
# How many days a transmission is expanded at a time: a usual horizon of 14 with a day at either end.
BLOCK_DAYS = 16

Rank = tuple[int, datetime, datetime, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One promised airing. The lower ``rank`` is placed first: higher priority, earlier approval, start, id."""

    rank: Rank
    on: date
    start_at: datetime
    end_at: datetime
    entry: PlanEntry

    def placed(self, over: Iterable[Reason]) -> PlanEntry:
        """Its entry; the very same object wherever it displaced nothing, so that areas share it."""
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
        )

    def unplaced(self, reasons: Iterable[Reason]) -> Unplaced:
        entry = self.entry
        return Unplaced(
            occurrence_id=entry.occurrence_id,
            transmission_id=entry.transmission_id,
            bulletin_id=entry.bulletin_id,
            title=entry.title,
            start_at=entry.start_at,
            end_at=entry.end_at,
            reasons=tuple(reasons),
        )


def candidate(transmission: Transmission, occurrence: Occurrence, on: date) -> Candidate:
    """One occurrence with its rank; ``on`` is the local date on which it starts."""
    end_at = occurrence.start_at + timedelta(milliseconds=occurrence.duration_ms)
    entry = PlanEntry(
        occurrence_id=occurrence.id,
        transmission_id=transmission.id,
        bulletin_id=transmission.bulletin_id,
        title=transmission.title,
        start_at=occurrence.start_at,
        end_at=end_at,
        prio=transmission.prio,
        rendition=transmission.rendition,
        after=transmission.after,
        reasons=(PLACED,),
    )
    rank = (-transmission.prio, transmission.approved_at, occurrence.start_at, occurrence.id)
    return Candidate(rank, on, occurrence.start_at, end_at, entry)


class Expansion:
    """The candidates of transmissions by local date of their start, worked out once and remembered.

    What would have started before its own approval was never promised and is left out.
    """

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._info = ZoneInfo(zone)
        self._blocks: dict[tuple[TransmissionId, int], dict[date, list[Candidate]]] = {}
        self._known: dict[TransmissionId, list[int]] = {}

    def of(self, transmission: Transmission, on: date) -> Sequence[Candidate]:
        """Its candidates that start on ``on``."""
        return self.block(transmission, block_of(on)).get(on, ())

    def block(self, transmission: Transmission, number: int) -> Mapping[date, Sequence[Candidate]]:
        """Its candidates on the dates of one block; dates without any are missing."""
        key = (transmission.id, number)
        found = self._blocks.get(key)
        if found is None:
            found = self._blocks[key] = self._expanded(transmission, number)
            self._known.setdefault(transmission.id, []).append(number)
        return found

    def midnight(self, on: date) -> datetime:
        """The instant at which the local date begins."""
        return instant(on, time(0), self.zone)

    def forget(self, transmission_id: TransmissionId) -> None:
        """Drop what is remembered of one transmission."""
        for number in self._known.pop(transmission_id, ()):
            del self._blocks[transmission_id, number]

    def _expanded(self, transmission: Transmission, number: int) -> dict[date, list[Candidate]]:
        first_on = date.fromordinal(number * BLOCK_DAYS)
        found: dict[date, list[Candidate]] = {}
        for occurrence in occurrences(
            transmission.schedules,
            since_at=max(self.midnight(first_on), transmission.approved_at),
            until_at=self.midnight(first_on + BLOCK_DAYS * DAY),
            transmission_id=transmission.id,
            duration_ms=transmission.rendition.duration_ms,
            valid_from_at=transmission.valid_from_at,
            valid_until_at=transmission.valid_until_at,
        ):
            on = occurrence.start_at.astimezone(self._info).date()
            found.setdefault(on, []).append(candidate(transmission, occurrence, on))
        return found


def block_of(on: date) -> int:
    """The number of the block that a date lies in."""
    return on.toordinal() // BLOCK_DAYS
