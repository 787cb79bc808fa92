"""A bulletin handed down to one commune, which chooses (normal) or decides the order (priority). Circular 39/2020."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, NewType
from zoneinfo import ZoneInfo

from broadcast.bulletins.model import BulletinId, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Occurrence, Transmission
from broadcast.scheduling.concessions import Span, next_free
from broadcast.scheduling.conflicts import CLASH_DAYS
from broadcast.scheduling.recurrence import occurrences_of
from broadcast.scheduling.recurrence.moves import left_out, moved_once
from province.areas import AreaId, AreaTree
from province.people import UserId
from province.state_machine import following

HandedDownId = NewType("HandedDownId", str)


class HandedDownState(StrEnum):
    """OFFERED waits for the commune · PLACING is placed by the server at once · COLLIDING asks for an order first.

    PLACED: the commune has a bulletin of its own made of it · LAPSED: no answer came, or nothing was left to air.
    """

    OFFERED = "offered"
    PLACING = "placing"
    COLLIDING = "colliding"
    PLACED = "placed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"


class HandedDownAction(StrEnum):
    """ACCEPT, DECLINE and REOPEN are the commune's, ORDER too or the default's; TAKE_BACK the sender's."""

    ACCEPT = "accept"
    DECLINE = "decline"
    REOPEN = "reopen"
    PLACE = "place"
    COLLIDE = "collide"
    ORDER = "order"
    LAPSE = "lapse"
    TAKE_BACK = "take_back"


class First(StrEnum):
    """Choice of the priority item that airs at its time; the other follows as soon as there is room."""

    ABOVE = "above"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class InboxRules:
    """Defaults for a commune that does not answer: those of the nearest area above that sets any, else these."""

    first: First = First.ABOVE
    order_minutes: int = 60
    answer_hours: int = 48


@dataclass(frozen=True, slots=True)
class HandedDown:
    """A bulletin handed down. ``bulletin_id`` is the sender's, ``placed_id`` the commune's own.

    ``version`` rises by one with every saved change. ``approved_by`` approved the content; names are frozen.
    ``seen_at`` is when a person of the commune first opened it. ``reason`` is the commune's text where it declined,
    else a code: DEFAULT NO_ROOM NOTHING_LEFT_TO_AIR.
    """

    id: HandedDownId
    bulletin_id: BulletinId
    area_id: AreaId
    title: str
    priority: PriorityClass
    state: HandedDownState
    approved_by: UserId
    approved_by_name: str
    sent_at: datetime
    answer_by_at: datetime
    version: int = 1
    seen_at: datetime | None = None
    seen_by_name: str = ""
    placed_id: BulletinId | None = None
    answered_at: datetime | None = None
    answered_by: UserId | None = None
    answered_by_name: str = ""
    reason: str = ""


_S, _A = HandedDownState, HandedDownAction

TRANSITIONS: Final[Mapping[tuple[HandedDownState, HandedDownAction], HandedDownState]] = {
    (_S.OFFERED, _A.ACCEPT): _S.PLACED,
    (_S.OFFERED, _A.DECLINE): _S.DECLINED,
    (_S.OFFERED, _A.LAPSE): _S.LAPSED,
    (_S.OFFERED, _A.TAKE_BACK): _S.TAKEN_BACK,
    (_S.DECLINED, _A.REOPEN): _S.OFFERED,
    (_S.PLACING, _A.PLACE): _S.PLACED,
    (_S.PLACING, _A.COLLIDE): _S.COLLIDING,
    (_S.PLACING, _A.LAPSE): _S.LAPSED,
    (_S.PLACING, _A.TAKE_BACK): _S.TAKEN_BACK,
    (_S.COLLIDING, _A.ORDER): _S.PLACED,
    (_S.COLLIDING, _A.LAPSE): _S.LAPSED,
    (_S.COLLIDING, _A.TAKE_BACK): _S.TAKEN_BACK,
    (_S.PLACED, _A.TAKE_BACK): _S.TAKEN_BACK,
}

next_state = partial(following, TRANSITIONS)
"""Return the state after an action. Raises NotPossibleError where the table has no such step."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Receivers: ``communes`` with the targets of each; ``unfit`` are targets that lie below a commune, or closed."""

    communes: Mapping[AreaId, Targets]
    unfit: tuple[AreaId, ...]


def receivers(targets: Targets, tree: AreaTree, kinds: Collection[str], on: date) -> Receivers:
    """Return the communes in force on a date that are targets or lie below one, without excluded ones; by id.

    ``kinds`` are those of areas that run a station of their own (Decree 49/2024): ``Places.commune_kinds``.
    """
    found: dict[AreaId, Targets] = {}
    unfit: list[AreaId] = []
    for target in targets.areas:
        below = [area for area in tree.subtree(target) if area.kind in kinds and area.is_in_force(on)]
        if not below:
            unfit.append(target)
        for area in below:
            if not any(tree.is_within(area.id, out) for out in targets.exclude):
                inside = tuple(out for out in targets.exclude if tree.is_within(out, area.id))
                found[area.id] = Targets((area.id,), inside)
    return Receivers(dict(sorted(found.items())), tuple(unfit))


@dataclass(frozen=True, slots=True)
class Yielded:
    """Schedules that make room for the item that goes first: airings moved behind it, and those left out."""

    schedules: tuple[Schedule, ...]
    moved: tuple[tuple[datetime, datetime], ...] = ()
    left_out: tuple[datetime, ...] = ()


def yielding(transmission: Transmission, taken: Iterable[Span], now: datetime) -> Yielded:
    """Move each airing of the next ``CLASH_DAYS`` that meets ``taken`` time to the first room within a day after it."""
    length = timedelta(milliseconds=transmission.duration_ms)
    airings = list(occurrences_of(transmission, now, now + timedelta(days=CLASH_DAYS)))
    busy, own = list(taken), {each.id: (each.start_at, each.start_at + length) for each in airings}
    rules = {schedule.id: schedule for schedule in transmission.schedules}
    moved: list[tuple[datetime, datetime]] = []
    out: list[datetime] = []
    for airing in airings:
        others = [span for name, span in own.items() if name != airing.id]
        if next_free([airing.start_at], length, busy) == timedelta():
            continue
        delay = next_free([airing.start_at], length, [*busy, *others])
        to = None if delay is None else airing.start_at + delay
        if to is None or (transmission.valid_until_at is not None and to > transmission.valid_until_at):
            out.append(airing.start_at)
            del own[airing.id]
            _leave_out(rules, airing)
            continue
        moved.append((airing.start_at, to))
        own[airing.id] = (to, to + length)
        rule = rules[airing.schedule_id]
        wall = to.astimezone(ZoneInfo(rule.zone)).replace(tzinfo=None)
        rules[airing.schedule_id] = moved_once(rule, airing.original_on, wall)
    return Yielded(tuple(rules.values()), tuple(moved), tuple(out))


def _leave_out(rules: dict[str, Schedule], airing: Occurrence) -> None:
    kept = left_out(rules[airing.schedule_id], [airing.original_on])
    if kept is None:
        del rules[airing.schedule_id]
    else:
        rules[airing.schedule_id] = kept
