"""Ways out of a clash: concessions that would clear it. Each is an edit, done in one step.

Offers are made from the clashes found and from what is on the air around them. Taking one checks it again.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from broadcast.bulletins.cues import Cutting, NoCut
from broadcast.bulletins.priority import CLASSES, PriorityClass
from broadcast.scheduling.conflicts import Clash, ClashKind
from broadcast.scheduling.rescheduling import MoveEdit
from province.areas import AreaId

STEP = timedelta(minutes=5)
# Further away than this it is another programme, not the next free slot.
SEARCH = timedelta(days=1)
# So far from the time wanted a person still takes another for the same session.
NEAR = timedelta(hours=3)
Span = tuple[datetime, datetime]


class OfferKind(StrEnum):
    """Kinds of offers. SHORTEN names the length that fits; it is an edit only where a recording can be cut to that."""

    MOVE = "move"
    SHORTEN = "shorten"
    LEAVE_OUT = "leave_out"
    RAISE_CLASS = "raise_class"
    SPLIT_TARGETS = "split_targets"


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way out. ``edit`` replaces the edit asked for; the rest are figures for the sentence.

    Of SPLIT_TARGETS, ``to`` is when the others hear it, by a bulletin of their own; None where no time is free. Of a
    SHORTEN that is no edit, ``why_not`` gives the reason.
    """

    kind: OfferKind
    edit: MoveEdit | None = None
    to: datetime | None = None
    length_ms: int = 0
    dates: tuple[date, ...] = ()
    areas: tuple[AreaId, ...] = ()
    why_not: NoCut | None = None


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Edit asked for: ``starts`` of the airings that it moves, ``originals`` of all by rule and start.

    ``cutting`` is how it can be made shorter than it is now, or why not.
    """

    edit: MoveEdit
    priority: PriorityClass
    length_ms: int
    starts: Sequence[datetime]
    originals: Mapping[tuple[str, datetime], date]
    areas: Sequence[AreaId]
    cutting: Cutting | NoCut


BusyIn = Callable[[Sequence[AreaId]], Iterable[Span]]
"""Gives the time that is taken in some of the areas."""


def offers(wanted: EditRequest, clashes: Sequence[Clash], busy: BusyIn) -> tuple[WayOut, ...]:
    """Return the ways out of these blocking ``clashes``; ``busy`` gives the taken time of its areas."""
    made = (_move(wanted, busy(wanted.areas)), _shorten(wanted, clashes), _leave_out(wanted, clashes))
    more = (_raise_class(wanted, clashes), _split_targets(wanted, clashes, busy))
    return tuple(offer for offer in (*made, *more) if offer is not None)


def next_free(starts: Sequence[datetime], length: timedelta, busy: Iterable[Span]) -> timedelta | None:
    """Return the least delay in whole steps at which all ``starts`` find ``length`` free; None within ``SEARCH``."""
    taken = _merged(busy)
    ends = [end for _, end in taken]
    delay, is_free = timedelta(), False
    while not is_free and delay <= SEARCH:
        is_free = True
        for start in starts:
            at = bisect_right(ends, start + delay)
            if at < len(taken) and taken[at][0] < start + delay + length:
                delay = -((start - ends[at]) // STEP) * STEP
                is_free = False
    return delay if is_free else None


def free_delays(
    starts: Sequence[datetime], length: timedelta, busy: Iterable[Span], *, since_at: datetime, at_most: int
) -> list[timedelta]:
    """Return the smallest delays in whole steps, earlier ones negative, at which all ``starts`` are free; in order.

    None leads before ``since_at`` or further away than ``NEAR``.
    """
    taken = _merged(busy)
    ends = [end for _, end in taken]

    def is_free(start: datetime) -> bool:
        at = bisect_right(ends, start)
        return start > since_at and (at == len(taken) or taken[at][0] >= start + length)

    steps = sorted(range(-(NEAR // STEP), NEAR // STEP + 1), key=lambda step: (abs(step), step < 0))
    found: list[timedelta] = []
    for step in steps:
        if step and len(found) < at_most and all(is_free(start + step * STEP) for start in starts):
            found.append(step * STEP)
    return sorted(found)


def _merged(busy: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in sorted(busy):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _free_to(wanted: EditRequest, busy: Iterable[Span]) -> datetime | None:
    """Return the time to which the move would have to go; None where it is free already, or no time is."""
    if wanted.edit.shift is None:
        return None
    delay = next_free(wanted.starts, timedelta(milliseconds=wanted.length_ms), busy)
    return wanted.edit.shift.to + delay if delay else None


def _move(wanted: EditRequest, busy: Iterable[Span]) -> WayOut | None:
    shift, to = wanted.edit.shift, _free_to(wanted, busy)
    if shift is None or to is None:
        return None
    return WayOut(OfferKind.MOVE, replace(wanted.edit, shift=replace(shift, to=to)), to=to)


def _shorten(wanted: EditRequest, clashes: Sequence[Clash]) -> WayOut | None:
    """Offer to cut it to the time until the first clash begins, where all clashes begin after it."""
    starts = [(clash.start_at, clash.other_start_at) for clash in clashes]
    rooms = [other - start for start, other in starts if other is not None and other > start]
    if not rooms or len(rooms) < len(starts):
        return None
    length_ms, cutting = min(rooms) // timedelta(milliseconds=1), wanted.cutting
    if isinstance(cutting, NoCut):
        return WayOut(OfferKind.SHORTEN, length_ms=length_ms, why_not=cutting)
    if not cutting.leaves_enough(length_ms):
        return WayOut(OfferKind.SHORTEN, length_ms=length_ms, why_not=NoCut.TOO_LITTLE)
    return WayOut(OfferKind.SHORTEN, replace(wanted.edit, length_ms=length_ms), length_ms=length_ms)


def _leave_out(wanted: EditRequest, clashes: Sequence[Clash]) -> WayOut | None:
    keys = {(clash.schedule_id, clash.start_at) for clash in clashes}
    out = sorted({(key[0], wanted.originals[key]) for key in keys if key in wanted.originals})
    if len(out) < len(keys) or len(keys) >= len(wanted.originals):
        return None
    edit = replace(wanted.edit, leave_out=(*wanted.edit.leave_out, *out))
    return WayOut(OfferKind.LEAVE_OUT, edit, dates=tuple(sorted({on for _, on in out})))


def _raise_class(wanted: EditRequest, clashes: Sequence[Clash]) -> WayOut | None:
    is_of_help = all(clash.kind is ClashKind.EQUAL_PRIORITY for clash in clashes)
    if not is_of_help or CLASSES[wanted.priority].raised_to is None:
        return None
    return WayOut(OfferKind.RAISE_CLASS, replace(wanted.edit, raise_class=True))


def _split_targets(wanted: EditRequest, clashes: Sequence[Clash], busy: BusyIn) -> WayOut | None:
    """Offer to air it where it does not clash, and elsewhere by a bulletin of its own, at the next free time there."""
    areas = sorted({clash.area_id for clash in clashes if clash.area_id is not None})
    if any(clash.area_id is None for clash in clashes) or len(areas) >= len(wanted.areas):
        return None
    to = _free_to(wanted, busy(areas))
    edit = replace(wanted.edit, split=(*wanted.edit.split, *areas), split_to=to or wanted.edit.split_to)
    return WayOut(OfferKind.SPLIT_TARGETS, edit, to=to, areas=tuple(areas))
