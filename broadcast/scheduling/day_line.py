"""Line of a day: the state of each airing by the clock and by the devices' reports, and the sessions that they form."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeAlias, TypeVar

SESSION_GAP: Final = timedelta(minutes=10)
"""Silence after which the next airing begins another session."""
SESSION_MAX: Final = timedelta(hours=1)
"""A province airs something at any time: its day is cut into stretches that a person reads at one glance."""


class AiringState(StrEnum):
    """State of an item. UNTOLD: its time has passed, and no loudspeaker has reported. NOWHERE: no loudspeaker has it.

    UNAPPROVED: its time passed while it waited for approval, so that it did not air.
    """

    PLANNED = "planned"
    AWAITING = "awaiting"
    ON_AIR = "on_air"
    HEARD = "heard"
    PARTLY = "partly"
    MISSED = "missed"
    CUT = "cut"
    WITHDRAWN = "withdrawn"
    UNTOLD = "untold"
    NOWHERE = "nowhere"
    UNAPPROVED = "unapproved"


AHEAD: Final = frozenset({AiringState.PLANNED, AiringState.AWAITING})
"""States of what is still to come."""
URGENCY: Final = (
    *(
        AiringState.ON_AIR,
        AiringState.MISSED,
        AiringState.UNAPPROVED,
        AiringState.CUT,
        AiringState.PARTLY,
        AiringState.UNTOLD,
    ),
    *(AiringState.AWAITING, AiringState.NOWHERE, AiringState.WITHDRAWN, AiringState.PLANNED, AiringState.HEARD),
)
"""Order in which a person has to know of them: the first one present colours a session."""


@dataclass(frozen=True, slots=True)
class AiringResult:
    """Loudspeakers for which an airing is meant, and how many of them reported each end. Boards sound nothing."""

    meant: int
    done: int = 0
    cut: int = 0
    missed: int = 0

    @property
    def ended(self) -> int:
        return self.done + self.cut + self.missed


class LinePart(Protocol):
    """Anything with a place on the line; without an end it is not over."""

    @property
    def start_at(self) -> datetime: ...

    @property
    def end_at(self) -> datetime | None: ...


Part = TypeVar("Part", bound=LinePart)
Span: TypeAlias = tuple[datetime, datetime]
"""Beginning and end of a broadcast session."""


def state_of(start_at: datetime, end_at: datetime, told: AiringResult, now: datetime) -> AiringState:
    """Return the state of a planned airing. One that has ended on every loudspeaker is over before its time."""
    if not told.meant:
        return AiringState.NOWHERE
    if now < start_at:
        return AiringState.PLANNED
    if now < end_at and told.ended < told.meant:
        return AiringState.ON_AIR
    if told.done:
        return AiringState.HEARD if told.done >= told.meant else AiringState.PARTLY
    if told.cut:
        return AiringState.CUT
    return AiringState.MISSED if told.missed else AiringState.UNTOLD


def sessions_of(parts: Iterable[Part]) -> list[list[Part]]:
    """Group parts, in order of time, into sessions: none is longer than :data:`SESSION_MAX` by its starts."""
    found: list[list[Part]] = []
    until_at: datetime | None = None
    for part in sorted(parts, key=lambda each: each.start_at):
        is_silent = until_at is None or part.start_at > until_at + SESSION_GAP
        if is_silent or part.start_at >= found[-1][0].start_at + SESSION_MAX:
            found.append([])
            until_at = None
        found[-1].append(part)
        end_at = part.end_at or part.start_at
        until_at = end_at if until_at is None else max(until_at, end_at)
    return found


def in_spans(parts: Iterable[Part], spans: Iterable[Span]) -> list[tuple[Span | None, list[Part]]]:
    """Group parts, in order of time, by the broadcast sessions in which they begin, the others by :func:`sessions_of`.

    Spans that overlap are one. A span without parts is there as well.
    """
    held = _merged(spans)
    starts = [start_at for start_at, _ in held]
    within: list[list[Part]] = [[] for _ in held]
    between: list[list[Part]] = [[] for _ in range(len(held) + 1)]
    for part in sorted(parts, key=lambda each: each.start_at):
        place = bisect_right(starts, part.start_at)
        is_within = place > 0 and part.start_at < held[place - 1][1]
        (within[place - 1] if is_within else between[place]).append(part)
    found: list[tuple[Span | None, list[Part]]] = [(None, group) for group in sessions_of(between[0])]
    for span, inside, after in zip(held, within, between[1:], strict=True):
        found += [(span, inside), *((None, group) for group in sessions_of(after))]
    return found


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for start_at, end_at in sorted(spans):
        if found and start_at < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end_at))
        else:
            found.append((start_at, end_at))
    return found


def worst_of(states: Iterable[AiringState]) -> AiringState:
    """Return the state of a session with these items, at least one."""
    return min(states, key=URGENCY.index)


def shown_of(parts: Sequence[Part], states: Sequence[AiringState], at_most: int) -> list[Part]:
    """Return so many parts of a session, in order of time: those that a person has to know of before the others."""
    ranked = sorted(range(len(parts)), key=lambda place: (URGENCY.index(states[place]), place))
    return [parts[place] for place in sorted(ranked[:at_most])]
