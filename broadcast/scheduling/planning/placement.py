"""Placement: in order of rank, candidates take their time or lose it with a reason; sounds never overlap."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter

from broadcast.bulletins.priority import outranks
from broadcast.bulletins.transmissions import PlanEntry, Reason, TransmissionId, Unplaced
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning.candidates import Candidate
from broadcast.scheduling.quotas import Ledger, Refusal

_START = attrgetter("start_at")
_RANK = attrgetter("rank")


Dated = tuple[date, PlanEntry]


@dataclass
class Placement:
    """The disjoint intervals taken so far. ``aired`` entries began already and are never moved.

    ``rules`` where they have a quota: whole dates are then to be placed, since all of a date counts.
    """

    aired: Sequence[Dated] = ()
    rules: AreaRules | None = None
    unplaced: list[tuple[date, Unplaced]] = field(default_factory=list)
    _taken: list[Candidate] = field(default_factory=list)
    _on_air: list[PlanEntry] = field(default_factory=list)
    _won: dict[str, list[Reason]] = field(default_factory=dict)
    _cuts: dict[str, PlanEntry] = field(default_factory=dict)
    _ledger: Ledger | None = None

    def __post_init__(self) -> None:
        if self.rules is not None:
            self._ledger = Ledger(self.rules)
            for on, entry in self.aired:
                self._ledger.enter(on, entry.start_at, entry.end_at)

    def place_all(self, candidates: Iterable[Candidate]) -> None:
        """Place the candidates in order of rank."""
        ordered = sorted(candidates, key=_RANK)
        if self.aired and ordered:
            since_at = min(candidate.start_at for candidate in ordered)
            self._on_air = [entry for _, entry in self.aired if entry.end_at > since_at]
        for candidate in ordered:
            self._place(candidate)

    def entries(self) -> list[Dated]:
        """Return the entries that are heard, in time order, each with the date it belongs to."""
        won, cuts = self._won, self._cuts
        new = [(taken.on, taken.placed(won.get(taken.entry.occurrence_id, ()))) for taken in self._taken]
        kept = [(on, cuts.get(entry.occurrence_id, entry)) for on, entry in self.aired]
        return kept + new

    def hold(self, candidate: Candidate, reasons: Iterable[Reason]) -> None:
        """Leave the candidate unplaced, with the reasons."""
        self.unplaced.append((candidate.on, candidate.unplaced(reasons)))

    def _place(self, candidate: Candidate) -> None:
        start_at, end_at = candidate.start_at, candidate.end_at
        winners = self._overlapping(candidate)
        on_air = [e for e in self._on_air if e.start_at < end_at and start_at < e.end_at]
        winners += [entry for entry in on_air if not outranks(candidate.entry.prio, entry.prio)]
        if winners:
            self.hold(candidate, [_lost_to(candidate.entry, winner) for winner in winners])
            for winner in winners:
                self._won.setdefault(winner.occurrence_id, []).append(_about("WON_OVER", candidate.entry))
            return
        if self._ledger is not None:
            if (refusal := self._ledger.refusal(candidate.on, start_at, end_at)) is not None:
                self.hold(candidate, [over_quota(refusal)])
                return
            self._ledger.enter(candidate.on, start_at, end_at)
        for entry in on_air:
            reasons = (*entry.reasons, _about("CUT_BY_HIGHER", candidate.entry))
            self._cuts[entry.occurrence_id] = replace(entry, end_at=start_at, reasons=reasons)
        insort(self._taken, candidate, key=_START)

    def _overlapping(self, candidate: Candidate) -> list[PlanEntry]:
        taken, found = self._taken, []
        at = bisect_left(taken, candidate.start_at, key=_START)
        if at > 0 and taken[at - 1].end_at > candidate.start_at:
            found.append(taken[at - 1].entry)
        while at < len(taken) and taken[at].start_at < candidate.end_at:
            found.append(taken[at].entry)
            at += 1
        return found


def over_quota(refusal: Refusal) -> Reason:
    """Build reason OVER_QUOTA with the limit that would be exceeded."""
    return Reason("OVER_QUOTA", None, (("limit", refusal.limit.value), ("max", str(refusal.at_most))))


def _lost_to(mine: PlanEntry, winner: PlanEntry) -> Reason:
    if outranks(winner.prio, mine.prio):
        return _about("LOST_TO_HIGHER", winner)
    if winner.transmission_id == mine.transmission_id:
        return _about("LOST_TO_ITSELF", winner)
    return _about("LOST_TO_EARLIER_APPROVED", winner)


def _about(code: str, other: PlanEntry) -> Reason:
    return _reason(code, other.transmission_id, other.title, other.start_at)


@lru_cache(maxsize=65536)
def _reason(code: str, transmission_id: TransmissionId, title: str, start_at: datetime) -> Reason:
    """Build a reason, cached: a province-wide item meets the same others in every area."""
    return Reason(code, transmission_id, (("title", title), ("start_at", start_at.isoformat())))
