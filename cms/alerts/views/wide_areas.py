"""Progress of an alert or a stop: figures and bars, from the counts by area."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import InRound, RoundState
from cms.alerts.queries.reaches import AreaReach
from cms.platform.web import formats
from cms.platform.web.formats import BarPart
from province.areas import AreaId

_WIDTH = 100.0
# In the order of a bar, the best state first.
_BAR = (
    RoundState.DONE,
    RoundState.SOUNDING,
    RoundState.RECEIVED,
    RoundState.CUT,
    RoundState.CANCELLED,
    RoundState.WAITING,
    RoundState.LOST,
    RoundState.SILENT,
    RoundState.REFUSED,
)
# A board shows an alert from the moment of its receipt until the end.
_SHOWING = (ReachState.RECEIVED, ReachState.SOUNDING, ReachState.DONE)
NO_WORD = frozenset({ReachState.WAITING, ReachState.SILENT})
_UNHEARD_OF = frozenset({RoundState.WAITING, RoundState.SILENT})


class LoudspeakerCounts(NamedTuple):
    """Counts of loudspeakers; ``answered``: those that received it, ``closed``: those that received its end.

    ``sounding`` and ``lost`` (without a connection, so unknown) are as of this moment, ``done`` of any round.
    ``heard``, ``not_heard``, ``unmeasured``: the proof of sound. ``boards`` are counted apart, with those showing it.
    """

    total: int = 0
    answered: int = 0
    sounding: int = 0
    done: int = 0
    cancelled: int = 0
    closed: int = 0
    unanswered: int = 0
    refused: int = 0
    heard: int = 0
    not_heard: int = 0
    unmeasured: int = 0
    boards: int = 0
    boards_showing: int = 0
    lost: int = 0


@dataclass(frozen=True)
class AreaFar:
    """Progress in one commune; ``state`` decides its colour."""

    id: AreaId
    name: str
    figures: LoudspeakerCounts
    parts: tuple[BarPart[RoundState], ...]
    state: RoundState


@dataclass(frozen=True)
class Far:
    """Progress in all communes. ``mark`` changes with any figure.

    ``in_round``: the states of loudspeakers in the current round.
    """

    whole: LoudspeakerCounts
    areas: tuple[AreaFar, ...]
    mark: str
    in_round: Mapping[InRound, int]


def far(reaches: Sequence[AreaReach]) -> Far:
    areas = []
    for each in reaches:
        shown = figures_of(each)
        areas.append(AreaFar(each.area_id, each.area_name, shown, bar(each.now), state_of(each.now)))
    total = LoudspeakerCounts(*map(sum, zip(*(area.figures for area in areas), strict=True)))
    mark = f"{crc32(repr([(area.id, *area.figures, area.parts) for area in areas]).encode()):x}"
    in_round: Counter[InRound] = Counter()
    for each in reaches:
        in_round.update(each.in_round)
    return Far(total, tuple(areas), mark, in_round)


def figures_of(reach: AreaReach) -> LoudspeakerCounts:
    counts = reach.states
    unanswered = sum(counts.get(state, 0) for state in NO_WORD)
    refused, total = counts.get(ReachState.REFUSED, 0), sum(counts.values())
    return LoudspeakerCounts(
        total,
        total - unanswered - refused,
        reach.now.get(RoundState.SOUNDING, 0),
        counts.get(ReachState.DONE, 0),
        counts.get(ReachState.CANCELLED, 0),
        reach.closed,
        unanswered,
        refused,
        reach.heard,
        reach.not_heard,
        reach.unmeasured,
        sum(reach.boards.values()),
        sum(reach.boards.get(state, 0) for state in _SHOWING),
        reach.now.get(RoundState.LOST, 0),
    )


def bar(counts: Mapping[RoundState, int]) -> tuple[BarPart[RoundState], ...]:
    return formats.bar(counts, _BAR, _WIDTH)


def state_of(counts: Mapping[RoundState, int]) -> RoundState:
    """Return a no-answer state if more than half have not answered, else the most frequent state of those that have."""
    silent = max(_UNHEARD_OF, key=lambda state: (counts.get(state, 0), state))
    if 2 * sum(counts.get(state, 0) for state in _UNHEARD_OF) > sum(counts.values()):
        return silent
    said = [state for state in _BAR if state not in _UNHEARD_OF and counts.get(state, 0)]
    return max(said, key=lambda state: counts[state]) if said else silent
