"""Check of the times of a bulletin that is being written: clashes, and free times beside them, before it is saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound
from broadcast.bulletins.transmissions import Occurrence, Transmission
from broadcast.scheduling.area_rules import instant
from broadcast.scheduling.concessions import SEARCH, Span, free_delays
from broadcast.scheduling.conflicts import (
    CLASH_DAYS,
    Clash,
    ClashSurroundings,
    blocking,
    find_clashes,
    held_by_others,
    quiet_in,
)
from broadcast.scheduling.recurrence import next_start_at, occurrences_of
from cms.bulletins.service.freeze import clash_surroundings
from cms.bulletins.service.preflight import as_if_approved
from cms.bulletins.service.revisions import Draft
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.calendar import all_closed, own_sets
from province.areas import AreaId
from province.call import Call
from province.errors import Problem
from province.wall_clock import DEFAULT_ZONE, local_date

FREE_SHOWN: Final = 4
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FreeStarts:
    """Nearest free starts of a schedule's next airing, which by its rule is that of ``original_on``."""

    original_on: date
    starts: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class TimeCheck:
    """Result for the places reached. ``past``: a problem for each schedule of which nothing is left to air.

    ``free``: by schedule in the way. ``taken``, ``quiet`` and ``own`` are
    the spans of the day that begins at ``day_at``, that of the first airing in the way, or of the first at all.
    """

    areas: Sequence[AreaId] = ()
    clashes: Sequence[Clash] = ()
    past: Sequence[Problem] = ()
    free: Mapping[str, FreeStarts] = field(default_factory=dict)
    day_at: datetime | None = None
    taken: Sequence[Span] = ()
    quiet: Sequence[Span] = ()
    own: Sequence[Span] = ()


def check_times(
    uow: UnitOfWork, draft: Draft, *, known: Bulletin | None = None, length_ms: int | None = None, call: Call
) -> TimeCheck:
    """Check a draft whose schedules have no problems. Changes nothing.

    ``known`` is the stored bulletin that it would replace: its own airings are not in the way. Without ``length_ms``
    the length is that of its sound, or is guessed from the text. Within a unit of work.
    """
    own = own_sets(uow, draft.schedules)
    typed = {**columns_of(draft), "schedules": all_closed(draft.schedules, own, call.now), "board": None}
    plain = Bulletin(
        id=BulletinId("") if known is None else known.id,
        author_id=call.actor.user_id,
        author_name=call.actor.name,
        created_at=call.now,
        changed_at=call.now,
        sound=_sound(draft, known, length_ms),
        **typed,
    )
    wanted = as_if_approved(uow, plain, call)
    there = clash_surroundings(uow, wanted, call.now)
    low, high = wanted.valid_from_at, wanted.valid_until_at
    past = [
        Problem(f"schedules.{each.id}.starts", "IN_THE_PAST")
        for each in wanted.schedules
        if next_start_at((each,), call.now, low, high) is None
    ]
    first_at = next_start_at(wanted.schedules, call.now, low, high)
    if first_at is None or not there.areas:
        return TimeCheck(areas=there.areas, past=past)
    return _checked(wanted, there, past, first_at, call.now)


def _checked(
    wanted: Transmission, there: ClashSurroundings, past: Sequence[Problem], first_at: datetime, now: datetime
) -> TimeCheck:
    clashes = find_clashes(wanted, there, now)
    heard = occurrences_of(wanted, now, first_at + CLASH_DAYS * _DAY)
    in_the_way, ids = blocking(clashes), {each.schedule_id for each in heard}
    at = in_the_way[0].start_at if in_the_way else first_at
    day_at = instant(local_date(at), time(0), DEFAULT_ZONE)
    length = timedelta(milliseconds=wanted.duration_ms)
    return TimeCheck(
        areas=there.areas,
        clashes=clashes,
        past=past,
        # A clash outside its validity is of no airing that is heard.
        free={name: _free(name, wanted, there, heard, now) for name in {c.schedule_id for c in in_the_way} & ids},
        day_at=day_at,
        taken=_within(held_by_others(wanted, there, day_at, day_at + _DAY), day_at),
        quiet=_within(quiet_in(there, day_at, day_at + _DAY), day_at),
        own=_within(((each.start_at, each.start_at + length) for each in heard), day_at),
    )


def _free(
    schedule_id: str, wanted: Transmission, there: ClashSurroundings, heard: Sequence[Occurrence], now: datetime
) -> FreeStarts:
    length = timedelta(milliseconds=wanted.duration_ms)
    own = [each for each in heard if each.schedule_id == schedule_id]
    starts = [each.start_at for each in own]
    low, high = starts[0] - SEARCH, starts[-1] + length + SEARCH
    busy = [
        *((each.start_at, each.start_at + length) for each in heard if each.schedule_id != schedule_id),
        *held_by_others(wanted, there, low, high),
        *quiet_in(there, low, high),
    ]
    delays = free_delays(starts, length, busy, since_at=now, at_most=FREE_SHOWN)
    return FreeStarts(own[0].original_on, [starts[0] + delay for delay in delays])


def _within(spans: Iterable[Span], day_at: datetime) -> Sequence[Span]:
    """Return the parts of the spans on that day, in order of time."""
    end_at = day_at + _DAY
    return sorted((max(low, day_at), min(high, end_at)) for low, high in spans if low < end_at and high > day_at)


def _sound(draft: Draft, known: Bulletin | None, length_ms: int | None) -> Sound:
    """Return a sound of the right length: the stored one of the same content, else one of ``length_ms``, else none."""
    is_same = known is not None and (draft.text, draft.original_sha256) == (known.text, known.original_sha256)
    if known is not None and is_same and known.sound.rendition(DEVICE_RENDITION) is not None:
        return known.sound
    if length_ms is None:
        return Sound()
    return Sound(renditions=(Rendition(DEVICE_RENDITION, "", 0, length_ms, "audio/ogg"),))
