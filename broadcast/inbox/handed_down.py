"""Handing down: receivers of a bulletin, the state machine of an item, and room made by one priority item."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.bulletins.model import Targets
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Occurrence, Transmission
from broadcast.inbox.model import HandedDownAction, HandedDownState
from broadcast.scheduling.concessions import Span, next_free
from broadcast.scheduling.conflicts import CLASH_DAYS
from broadcast.scheduling.recurrence import occurrences_of
from broadcast.scheduling.recurrence.moves import left_out, moved_once
from province.areas import AreaId, AreaTree
from province.state_machine import diagram, final, following

_S, _A = HandedDownState, HandedDownAction

TRANSITIONS: Final[Mapping[tuple[HandedDownState, HandedDownAction], HandedDownState]] = MappingProxyType(
    {
        (_S.OFFERED, _A.ACCEPT): _S.PLACED,
        (_S.OFFERED, _A.DECLINE): _S.DECLINED,
        (_S.OFFERED, _A.LAPSE): _S.LAPSED,
        (_S.OFFERED, _A.TAKE_BACK): _S.TAKEN_BACK,
        (_S.PLACING, _A.PLACE): _S.PLACED,
        (_S.PLACING, _A.COLLIDE): _S.COLLIDING,
        (_S.PLACING, _A.LAPSE): _S.LAPSED,
        (_S.PLACING, _A.TAKE_BACK): _S.TAKEN_BACK,
        (_S.COLLIDING, _A.ORDER): _S.PLACED,
        (_S.COLLIDING, _A.LAPSE): _S.LAPSED,
        (_S.COLLIDING, _A.TAKE_BACK): _S.TAKEN_BACK,
        (_S.PLACED, _A.TAKE_BACK): _S.TAKEN_BACK,
    }
)


def next_state(state: HandedDownState, action: HandedDownAction) -> HandedDownState:
    """Return the state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return following(TRANSITIONS, state, action)


def state_diagram() -> str:
    """Return the table as a Mermaid state diagram, ending in a newline."""
    return diagram(TRANSITIONS, _S.OFFERED, final(TRANSITIONS, HandedDownState))


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
    return Receivers(MappingProxyType(dict(sorted(found.items()))), tuple(unfit))


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
