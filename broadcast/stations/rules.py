"""Rules of stations and their programmes: licences, the dates of a programme, its crawl, its progress."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.recurrence import next_start_at, occurrences_of
from broadcast.stations.model import LicenceState, Programme, ProgrammeProgress, ProgrammeReceipt, Station
from province.wall_clock import DEFAULT_ZONE, local_date

LICENCE_NOTICE: Final = timedelta(days=90)
"""Notice before the end of a licence: a renewal is applied for some months ahead."""
KILL_AFTER: Final = timedelta(days=7)
"""Time after its end for which a station may keep a programme: for postponed airings, and for its own as-run."""
CRAWL_MAX: Final = 400
MASTER_RENDITION: Final = "master-flac"
WAV, MP3 = "programme-wav", "programme-mp3"
AHEAD: Final = timedelta(days=366)
"""Horizon for rules without an end; one that still goes on then has no end."""


def licence_state(station: Station, on: date) -> LicenceState:
    """Return the state of the licence to show on that local date."""
    if not station.transmits:
        return LicenceState.NOT_NEEDED
    until_on = station.licence_until_on
    if not station.licence_no or until_on is None:
        return LicenceState.MISSING
    if until_on < on:
        return LicenceState.EXPIRED
    return LicenceState.EXPIRING if until_on - on <= LICENCE_NOTICE else LicenceState.VALID


def crawl_of(title: str, text: str) -> str:
    """Title and text on one line, cut at a word with an ellipsis."""
    line = " ".join(f"{title}. {text}".split()) if text.strip() else " ".join(title.split())
    if len(line) <= CRAWL_MAX:
        return line
    kept, _, _ = line[:CRAWL_MAX].rpartition(" ")
    return f"{kept or line[: CRAWL_MAX - 1]}…"


def dates_of(transmission: Transmission) -> tuple[datetime, datetime | None, datetime | None]:
    """Return its start, its end (None: no end) and the time by which it has to be deleted.

    It starts with its validity or, without one, with its first airing; it ends with its validity or, without one, with
    the date of the last airing: a station has a programme of its own to put it in.
    """
    approved_at = transmission.approved_at
    first_at = next_start_at(
        transmission.schedules, approved_at, transmission.valid_from_at, transmission.valid_until_at
    )
    start_at = transmission.valid_from_at or first_at or approved_at
    end_at = transmission.valid_until_at or _end_of_last_day(transmission, start_at)
    return start_at, end_at, None if end_at is None else end_at + KILL_AFTER


def made_from(programme: Programme) -> str:
    """Return a name for all inputs of its files: with another name the files have to be made again."""
    parts: tuple[object, ...] = (
        programme.master_sha256,
        programme.skip_ms,
        programme.title,
        programme.text,
        programme.topic,
        programme.origin,
        programme.approved_at.isoformat(),
        programme.start_at.isoformat(),
        programme.end_at and programme.end_at.isoformat(),
    )
    if programme.original_sha256:
        parts += (programme.original_sha256, programme.cues.mark)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def skipped_ms(bulletin: Bulletin) -> int:
    """Return the length of the house's chime to skip: it is for loudspeakers, a station has a sound of its own."""
    return bulletin.sound.chime_ms


def is_over(programme: Programme, now: datetime) -> bool:
    """Return whether stations must not have it any more."""
    return programme.killed_at is not None or (programme.kill_at is not None and programme.kill_at <= now)


def counting_receipts(
    programme: Programme, receipts: Iterable[ProgrammeReceipt]
) -> Mapping[ProgrammeProgress, Sequence[ProgrammeReceipt]]:
    """Return the receipts that count, by rung and time: none of other files, and none from before its approval."""
    files = {each.sha256 for each in programme.sound.renditions}
    found: dict[ProgrammeProgress, list[ProgrammeReceipt]] = {}
    for receipt in sorted(receipts, key=lambda each: each.at):
        names_another = bool(receipt.sha256) and receipt.sha256 not in files
        if not names_another and receipt.at >= programme.approved_at:
            found.setdefault(receipt.rung, []).append(receipt)
    return {rung: found[rung] for rung in ProgrammeProgress if rung in found}


def ladder(programme: Programme, receipts: Iterable[ProgrammeReceipt]) -> Mapping[ProgrammeProgress, ProgrammeReceipt]:
    """Return the newest receipt that counts for each rung."""
    return {rung: found[-1] for rung, found in counting_receipts(programme, receipts).items()}


def _end_of_last_day(transmission: Transmission, start_at: datetime) -> datetime | None:
    if any(_goes_on(schedule, start_at + AHEAD) for schedule in transmission.schedules):
        return None
    airings = occurrences_of(transmission, min(start_at, transmission.approved_at), start_at + AHEAD)
    last_at = airings[-1].start_at if airings else start_at
    zone = ZoneInfo(DEFAULT_ZONE)
    next_on = local_date(last_at + timedelta(milliseconds=transmission.duration_ms)) + timedelta(days=1)
    return datetime.combine(next_on, time(), tzinfo=zone).astimezone(UTC) - timedelta(seconds=1)


def _goes_on(schedule: Schedule, after_at: datetime) -> bool:
    return next_start_at((schedule,), after_at) is not None
