"""Clashes of a bulletin's airings, all found and named before they are promised."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.framing import Framing
from broadcast.bulletins.priority import outranks
from broadcast.bulletins.targeting import TargetIndex
from broadcast.bulletins.transmissions import Occurrence, Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules, first_quiet, quiet_spans
from broadcast.scheduling.overlap_precheck import ClockFace
from broadcast.scheduling.quotas import Ledger, Refusal, Span
from broadcast.scheduling.recurrence import moved_airings, next_start_at, occurrences_of, starts_of
from province.areas import AreaId, AreaTree

# Rules repeat by the week: four of them and a few days show every collision that goes on repeating.
CLASH_DAYS: Final = 31
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class ClashKind(StrEnum):
    """Kind of clash. DISPLACES_LOWER only informs: priority decides there. Every other kind blocks the approval."""

    QUIET_HOURS = "quiet_hours"
    OVER_QUOTA = "over_quota"
    EQUAL_PRIORITY = "equal_priority"
    DISPLACED_BY_HIGHER = "displaced_by_higher"
    DISPLACES_LOWER = "displaces_lower"
    SELF_OVERLAP = "self_overlap"
    OUTSIDE_VALIDITY = "outside_validity"


@dataclass(frozen=True, slots=True)
class Clash:
    """One airing (``schedule_id``, ``start_at``) and the obstacle to it.

    ``area_id`` is None where it is the same everywhere (SELF_OVERLAP, OUTSIDE_VALIDITY). The other's fields are empty
    where nothing else is involved. ``refusal`` is there for OVER_QUOTA, the quiet hours for QUIET_HOURS.
    """

    kind: ClashKind
    schedule_id: str
    start_at: datetime
    area_id: AreaId | None = None
    other_id: TransmissionId | None = None
    other_title: str = ""
    other_start_at: datetime | None = None
    refusal: Refusal | None = None
    quiet_from_at: datetime | None = None
    quiet_until_at: datetime | None = None

    @property
    def is_blocking(self) -> bool:
        return self.kind is not ClashKind.DISPLACES_LOWER


@dataclass(frozen=True, slots=True)
class ClashSurroundings:
    """Planning ``areas`` in which clashes are looked for, with the other transmissions and the effective rules there.

    ``others`` may reach those areas; a transmission's own id among them is left out.
    """

    areas: Sequence[AreaId]
    others: Sequence[Transmission]
    tree: AreaTree
    rules: Mapping[AreaId, AreaRules]


def blocking(clashes: Iterable[Clash]) -> tuple[Clash, ...]:
    """Return the clashes that block an approval."""
    return tuple(clash for clash in clashes if clash.is_blocking)


def find_clashes(wanted: Transmission, there: ClashSurroundings, since_at: datetime) -> tuple[Clash, ...]:
    """Find every clash of ``wanted`` in the planning areas ``there`` that it reaches, by time, area and kind.

    Looks at its airings after ``since_at``, for ``CLASH_DAYS`` from the first one.
    """
    found = list(_validity_clashes(wanted))
    first_at = next_start_at(wanted.schedules, since_at - _MICROSECOND, wanted.valid_from_at, wanted.valid_until_at)
    if first_at is not None:
        until_at = first_at + CLASH_DAYS * _DAY
        found += _self_overlaps(occurrences_of(wanted, first_at, until_at))
        framing, reach, face = Framing(there.tree), TargetIndex(there.tree, there.areas), ClockFace(wanted)
        # Under a quota everything heard on the same day counts.
        limited = frozenset(area_id for area_id in there.areas if there.rules[area_id].has_quota)
        heard = framing.groups(wanted, sorted(there.areas))
        mine = [(occurrences_of(each, first_at, until_at), frozenset(here)) for each, here in heard]
        not_below: dict[AreaId, list[Sequence[Span]]] = {}
        for other in there.others:
            if other.id == wanted.id or other.withdrawn_at is not None:
                continue
            meets, counts = face.meets(other), not outranks(wanted.prio, other.prio)
            for their, shared in framing.groups(other, reach.of(other.targets)):
                counted = limited.intersection(shared) if counts else ()
                if not shared or not (meets or counted):
                    continue
                theirs = _spans_of(their, first_at - _DAY, until_at + _DAY)
                for airings, here in mine:
                    found += _overlaps(wanted, airings, other, theirs, [a for a in shared if a in here])
                for area_id in counted:
                    not_below.setdefault(area_id, []).append(theirs)
        for airings, here in mine:
            found += _quiet_clashes(airings, here, there.rules)
            found += _quota_clashes(airings, here, there.rules, not_below)
    return tuple(sorted(found, key=lambda c: (c.start_at, c.area_id or "", c.kind, c.other_id or "")))


def taken_spans(
    wanted: Transmission, there: ClashSurroundings, since_at: datetime, until_at: datetime
) -> Iterator[Span]:
    """Yield spans not free for ``wanted`` in one of the areas it reaches, in no order and overlapping.

    They are quiet hours, or taken by another of its class or above.
    """
    yield from quiet_in(there, since_at, until_at)
    yield from held_by_others(wanted, there, since_at, until_at)


def quiet_in(there: ClashSurroundings, since_at: datetime, until_at: datetime) -> Iterator[Span]:
    """Yield the quiet hours of these areas around the span."""
    for rule in {there.rules[area_id] for area_id in there.areas}:
        on = since_at.astimezone(ZoneInfo(rule.zone)).date() - _DAY
        while on <= until_at.astimezone(ZoneInfo(rule.zone)).date():
            yield from quiet_spans(rule, on)
            on += _DAY


def held_by_others(
    wanted: Transmission, there: ClashSurroundings, since_at: datetime, until_at: datetime
) -> Iterator[Span]:
    """Yield the airings there of others of its class or above."""
    reach = TargetIndex(there.tree, there.areas)
    for other in there.others:
        if not outranks(wanted.prio, other.prio) and other.id != wanted.id and reach.of(other.targets):
            yield from _spans_of(other, since_at - _DAY, until_at)


def _spans_of(transmission: Transmission, since_at: datetime, until_at: datetime) -> Sequence[Span]:
    """Return the spans of its airings that start there, in time order: all are of one length."""
    length = timedelta(milliseconds=transmission.duration_ms)
    return [(start_at, start_at + length) for start_at in starts_of(transmission, since_at, until_at)]


def _end_at(occurrence: Occurrence) -> datetime:
    return occurrence.start_at + timedelta(milliseconds=occurrence.duration_ms)


def _self_overlaps(mine: Sequence[Occurrence]) -> Iterator[Clash]:
    for earlier, later in pairwise(mine):
        if later.start_at < _end_at(earlier):
            yield Clash(
                ClashKind.SELF_OVERLAP,
                later.schedule_id,
                later.start_at,
                other_id=earlier.transmission_id,
                other_start_at=earlier.start_at,
            )


def _quiet_clashes(
    mine: Sequence[Occurrence], areas: Iterable[AreaId], rules: Mapping[AreaId, AreaRules]
) -> Iterator[Clash]:
    by_rules: dict[AreaRules, list[AreaId]] = {}
    for area_id in sorted(areas):
        by_rules.setdefault(rules[area_id], []).append(area_id)
    for rule, here in by_rules.items():
        for airing in mine:
            quiet = first_quiet(rule, airing.start_at, _end_at(airing))
            if quiet is not None:
                for area_id in here:
                    yield Clash(
                        ClashKind.QUIET_HOURS,
                        airing.schedule_id,
                        airing.start_at,
                        area_id,
                        quiet_from_at=quiet[0],
                        quiet_until_at=quiet[1],
                    )


def _quota_clashes(
    mine: Sequence[Occurrence],
    areas: Iterable[AreaId],
    rules: Mapping[AreaId, AreaRules],
    theirs: Mapping[AreaId, Sequence[Sequence[Span]]],
) -> Iterator[Clash]:
    """Find quota clashes. ``theirs``: airings of the same class or above by area; placed in order of approval."""
    # Most of them are heard in many areas: each is put on its dates once.
    dated: dict[tuple[str, int], Mapping[date, Sequence[Span]]] = {}
    alike: dict[tuple[AreaRules, tuple[int, ...]], list[AreaId]] = {}
    for area_id in sorted(areas):
        if rules[area_id].has_quota:
            alike.setdefault((rules[area_id], tuple(id(each) for each in theirs.get(area_id, ()))), []).append(area_id)
    for (rule, _), here in alike.items():
        zone, ledger = ZoneInfo(rule.zone), Ledger(rule)
        for spans in theirs.get(here[0], ()):
            key = (rule.zone, id(spans))
            if key not in dated:
                dated[key] = _by_date(spans, zone)
            for on, heard in dated[key].items():
                ledger.enter_all(on, heard)
        for airing in mine:
            on, end_at = airing.start_at.astimezone(zone).date(), _end_at(airing)
            refusal = ledger.refusal(on, airing.start_at, end_at)
            if refusal is None:
                ledger.enter(on, airing.start_at, end_at)
                continue
            for area_id in here:
                yield Clash(ClashKind.OVER_QUOTA, airing.schedule_id, airing.start_at, area_id, refusal=refusal)


def _by_date(spans: Iterable[Span], zone: ZoneInfo) -> Mapping[date, Sequence[Span]]:
    found: dict[date, list[Span]] = {}
    for span in spans:
        found.setdefault(span[0].astimezone(zone).date(), []).append(span)
    return found


def _overlaps(
    wanted: Transmission,
    mine: Sequence[Occurrence],
    other: Transmission,
    theirs: Sequence[Span],
    areas: Sequence[AreaId],
) -> Iterator[Clash]:
    kind = _kind(wanted.prio, other.prio)
    # Theirs are all of one length, so they end in the order in which they start.
    at = 0
    for airing in mine:
        end_at = _end_at(airing)
        while at < len(theirs) and theirs[at][1] <= airing.start_at:
            at += 1
        for their_start_at, _their_end_at in islice(theirs, at, None):
            if their_start_at >= end_at:
                break
            for area_id in areas:
                yield Clash(kind, airing.schedule_id, airing.start_at, area_id, other.id, other.title, their_start_at)


def _kind(prio: int, other: int) -> ClashKind:
    if outranks(prio, other):
        return ClashKind.DISPLACES_LOWER
    return ClashKind.DISPLACED_BY_HIGHER if outranks(other, prio) else ClashKind.EQUAL_PRIORITY


def _validity_clashes(wanted: Transmission) -> Iterator[Clash]:
    """Find single or moved airings outside validity, and rules of which no airing lies within it."""
    low, high = wanted.valid_from_at, wanted.valid_until_at
    for schedule in wanted.schedules:
        if schedule.rrule:
            for moved in moved_airings(schedule):
                if (low is not None and moved.start_at < low) or (high is not None and moved.start_at > high):
                    yield Clash(ClashKind.OUTSIDE_VALIDITY, schedule.id, moved.start_at)
        first_at = next_start_at((schedule,), _BEGINNING)
        if first_at is None:
            continue
        after_at = _BEGINNING if low is None else low - _MICROSECOND
        if next_start_at((schedule,), after_at, None, high) is None:
            yield Clash(ClashKind.OUTSIDE_VALIDITY, schedule.id, first_at)
