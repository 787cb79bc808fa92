"""Airings of a set of schedules between two instants."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Occurrence, OccurrenceId, Transmission, TransmissionId
from broadcast.scheduling.recurrence.rule import dates_of

# More than a year of a daily rule in one window: asking for more is a mistake in the window, not a programme.
OCCURRENCES_MAX = 400
_DAY = timedelta(days=1)
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScheduleStart:
    """One start of a schedule; ``original_on`` is the rule's date, wherever it was moved to."""

    schedule_id: str
    original_on: date
    start_at: datetime
    label: str


def airings(schedule: Schedule, since_at: datetime, until_at: datetime) -> tuple[ScheduleStart, ...]:
    """Return the airings starting in [since_at, until_at), in time order; at most ``OCCURRENCES_MAX``, the first ones.

    A left-out date never appears, even if it is moved as well; a moved one appears once, where it was moved to, also
    from a date on which its sets keep the rule silent: a person moved that one by hand.
    """
    label = f"{schedule.starts.hour:02}{schedule.starts.minute:02}"
    # Formatting with %Y%m%d, or the clock with %H%M, costs five times as much, and a province has tens of thousands.
    found = [
        ScheduleStart(schedule.id, on, start_at, on.isoformat().replace("-", "") + label)
        for on, start_at in islice(_regular(schedule, since_at, until_at), OCCURRENCES_MAX)
    ]
    if schedule.moves:
        found += (a for a in moved_airings(schedule) if since_at <= a.start_at < until_at)
        found.sort(key=lambda a: (a.start_at, a.original_on))
    return tuple(found[:OCCURRENCES_MAX])


def occurrences_of(transmission: Transmission, since_at: datetime, until_at: datetime) -> tuple[Occurrence, ...]:
    """Return the occurrences that a transmission promises in [since_at, until_at)."""
    return occurrences(
        transmission.schedules,
        since_at=since_at,
        until_at=until_at,
        transmission_id=transmission.id,
        duration_ms=transmission.duration_ms,
        valid_from_at=transmission.valid_from_at,
        valid_until_at=transmission.valid_until_at,
    )


def starts_of(transmission: Transmission, since_at: datetime, until_at: datetime) -> list[datetime]:
    """Return the starts alone of these occurrences, in time order: for thousands, at a third of the time."""
    return starts(transmission.schedules, since_at, until_at, transmission.valid_from_at, transmission.valid_until_at)


def starts(
    schedules: Iterable[Schedule],
    since_at: datetime,
    until_at: datetime,
    valid_from_at: datetime | None = None,
    valid_until_at: datetime | None = None,
) -> list[datetime]:
    """Return the starts of :func:`occurrences`, in time order."""
    span = _within_validity(since_at, until_at, valid_from_at, valid_until_at)
    return sorted(start_at for schedule in schedules for start_at in _starts(schedule, *span))


def occurrences(
    schedules: Iterable[Schedule],
    *,
    since_at: datetime,
    until_at: datetime,
    transmission_id: TransmissionId,
    duration_ms: int,
    valid_from_at: datetime | None = None,
    valid_until_at: datetime | None = None,
) -> tuple[Occurrence, ...]:
    """Return all airings starting in [since_at, until_at) and within validity, by start and id.

    Ids are ``{transmission}-{schedule}-{yyyymmddhhmm of the original wall start}``: the same in every window, and
    still the same after a move.
    """
    since_at, until_at = _within_validity(since_at, until_at, valid_from_at, valid_until_at)
    found = [
        Occurrence(
            id=OccurrenceId(f"{transmission_id}-{airing.schedule_id}-{airing.label}"),
            transmission_id=transmission_id,
            schedule_id=airing.schedule_id,
            original_on=airing.original_on,
            start_at=airing.start_at,
            duration_ms=duration_ms,
        )
        for schedule in schedules
        for airing in airings(schedule, since_at, until_at)
    ]
    if len(found) > 1:
        found.sort(key=lambda o: (o.start_at, o.id))
    return tuple(found)


def next_start_at(
    schedules: Iterable[Schedule],
    after_at: datetime,
    valid_from_at: datetime | None = None,
    valid_until_at: datetime | None = None,
) -> datetime | None:
    """Return the first start strictly after ``after_at`` and within validity; None where there is none."""
    since_at = after_at + timedelta(microseconds=1)
    since_at = max(since_at, valid_from_at or since_at)
    starts = [start for schedule in schedules if (start := _first_from(schedule, since_at)) is not None]
    first = min(starts, default=None)
    return None if first is None or (valid_until_at is not None and first > valid_until_at) else first


def is_airing_date(schedule: Schedule, on: date) -> bool:
    """Return whether the rule itself names this local date (left out or moved or not)."""
    return dates_of(schedule.rrule, schedule.starts, schedule.zone).holds(on)


def _within_validity(
    since_at: datetime, until_at: datetime, valid_from_at: datetime | None, valid_until_at: datetime | None
) -> tuple[datetime, datetime]:
    """Return the part of the span in which airings are valid.

    Validity includes its last instant: "until 17:00" still lets the 17:00 airing start.
    """
    return (
        since_at if valid_from_at is None else max(since_at, valid_from_at),
        until_at if valid_until_at is None else min(until_at, valid_until_at + timedelta(microseconds=1)),
    )


def _starts(schedule: Schedule, since_at: datetime, until_at: datetime) -> list[datetime]:
    if schedule.moves:
        return [airing.start_at for airing in airings(schedule, since_at, until_at)]
    return [start_at for _on, start_at in islice(_regular(schedule, since_at, until_at), OCCURRENCES_MAX)]


def _first_from(schedule: Schedule, since_at: datetime) -> datetime | None:
    regular = (start_at for _on, start_at in _regular(schedule, since_at, _END_OF_TIME))
    moved = (airing.start_at for airing in moved_airings(schedule) if airing.start_at >= since_at)
    return min([*islice(regular, 1), *(moved if schedule.moves else ())], default=None)


def _regular(schedule: Schedule, since_at: datetime, until_at: datetime) -> Iterator[tuple[date, datetime]]:
    """Yield the dates of the rule itself that are neither left out nor moved, with their starts in the span."""
    zone, clock = ZoneInfo(schedule.zone), schedule.starts.time()
    rule = dates_of(schedule.rrule, schedule.starts, schedule.zone)
    elsewhere = {*schedule.except_on, *schedule.closed_on, *(move.on for move in schedule.moves)}
    # A wall clock's date may differ from the instant's by its offset: begin a day early and let the instants decide.
    for on in rule.from_date(since_at.astimezone(zone).date() - _DAY):
        start_at = datetime.combine(on, clock, tzinfo=zone).astimezone(UTC)
        if start_at >= until_at:
            return
        if start_at >= since_at and on not in elsewhere:
            yield on, start_at


@lru_cache(maxsize=4096)
def moved_airings(schedule: Schedule) -> tuple[ScheduleStart, ...]:
    """Return its moved airings, where they were moved to."""
    zone = ZoneInfo(schedule.zone)
    moves = {move.on: move.to for move in schedule.moves if move.on not in schedule.except_on}
    return tuple(
        ScheduleStart(schedule.id, on, to.replace(tzinfo=zone).astimezone(UTC), f"{on:%Y%m%d}{schedule.starts:%H%M}")
        for on, to in moves.items()
        if is_airing_date(schedule, on)
    )
