"""One loudspeaker, one voice: candidates in order of rank take their time, or lose it with a reason."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from broadcast.model.transmissions import PlanEntry, Reason, Unplaced
from broadcast.planning.candidates import Candidate
from broadcast.priority import outranks
from broadcast.quiet_hours import Span

_START = attrgetter("start_at")


@dataclass
class Placement:
    """The disjoint intervals taken so far. ``aired`` entries began already and are never moved."""

    aired: Sequence[PlanEntry] = ()
    unplaced: list[Unplaced] = field(default_factory=list)
    _taken: list[Candidate] = field(default_factory=list)
    _won: dict[str, list[Reason]] = field(default_factory=dict)
    _cuts: dict[str, PlanEntry] = field(default_factory=dict)

    def place_all(self, candidates: Iterable[Candidate]) -> None:
        """Place them in order of rank."""
        for candidate in sorted(candidates, key=attrgetter("rank")):
            self._place(candidate)

    def entries(self) -> list[PlanEntry]:
        """What is heard, in time order."""
        new = [taken.placed(self._won.get(taken.entry.occurrence_id, ())) for taken in self._taken]
        kept = [self._cuts.get(entry.occurrence_id, entry) for entry in self.aired]
        return sorted((*kept, *new), key=_START)

    def hold(self, candidate: Candidate, reasons: Iterable[Reason]) -> None:
        """It will not be heard."""
        self.unplaced.append(candidate.unplaced(reasons))

    def _place(self, candidate: Candidate) -> None:
        winners = [taken.entry for taken in self._overlapping(candidate)]
        on_air = [e for e in self.aired if e.start_at < candidate.end_at and candidate.start_at < e.end_at]
        winners += [entry for entry in on_air if not outranks(candidate.entry.prio, entry.prio)]
        if winners:
            self.hold(candidate, [_lost_to(candidate, winner) for winner in winners])
            for winner in winners:
                self._won.setdefault(winner.occurrence_id, []).append(_reason("WON_OVER", candidate.entry))
            return
        for entry in on_air:
            cut = _reason("CUT_BY_HIGHER", candidate.entry)
            self._cuts[entry.occurrence_id] = replace(entry, end_at=candidate.start_at, reasons=(*entry.reasons, cut))
        insort(self._taken, candidate, key=_START)

    def _overlapping(self, candidate: Candidate) -> list[Candidate]:
        found: list[Candidate] = []
        at = bisect_left(self._taken, candidate.start_at, key=_START)
        if at > 0 and self._taken[at - 1].end_at > candidate.start_at:
            found.append(self._taken[at - 1])
        while at < len(self._taken) and self._taken[at].start_at < candidate.end_at:
            found.append(self._taken[at])
            at += 1
        return found


def quiet_reason(span: Span) -> Reason:
    """QUIET_HOURS with the instants between which the area is silent."""
    return Reason("QUIET_HOURS", None, (("from", span[0].isoformat()), ("until", span[1].isoformat())))


def _lost_to(candidate: Candidate, winner: PlanEntry) -> Reason:
    mine = candidate.entry
    if winner.prio > mine.prio:
        return _reason("LOST_TO_HIGHER", winner)
    if winner.transmission_id == mine.transmission_id:
        return _reason("LOST_TO_ITSELF", winner)
    return _reason("LOST_TO_EARLIER_APPROVED", winner)


def _reason(code: str, other: PlanEntry) -> Reason:
    return Reason(code, other.transmission_id, (("title", other.title), ("start_at", other.start_at.isoformat())))
