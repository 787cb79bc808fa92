"""Audible candidates under one set of rules: quiet hours are applied once per airing, not once per area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from broadcast.bulletins.transmissions import Reason, Transmission, Unplaced
from broadcast.scheduling.area_rules import AreaRules, Span, quiet_spans
from broadcast.scheduling.planning.candidates import DAY, Candidate, Expansion, Key


@dataclass(frozen=True, slots=True)
class DayCandidates:
    """One transmission's candidates on one date: those that may be heard, and those that quiet hours hold back.

    ``runs_over``: something audible of it runs into the next date.
    """

    audible: Sequence[Candidate]
    held: Sequence[Unplaced]
    runs_over: bool


class AudibleCandidates:
    """Expansion (of the rules' zone) split by the rules' quiet hours, and cached."""

    def __init__(self, rules: AreaRules, expansion: Expansion) -> None:
        self.rules = rules
        self.expansion = expansion
        self.quota_rules = rules if rules.has_quota else None
        self._blocks: dict[Key, dict[date, DayCandidates]] = {}
        self._spans: dict[date, Sequence[Span]] = {}

    def block(self, transmission: Transmission, number: int) -> Mapping[date, DayCandidates]:
        """Return the transmission's candidates on the dates of one block; dates without any are missing."""
        key = (transmission.id, transmission.frames, number)
        found = self._blocks.get(key)
        if found is None:
            block = self.expansion.block(transmission, number)
            found = self._blocks[key] = {on: self._heard(on, candidates) for on, candidates in block.items()}
        return found

    def _heard(self, on: date, candidates: Sequence[Candidate]) -> DayCandidates:
        spans = self._spans_around(on)
        held = [(each, span) for each in candidates if (span := _first_met(each, spans)) is not None]
        audible = candidates
        if held:
            silent = {each for each, _ in held}
            audible = [each for each in candidates if each not in silent]
        unplaced = tuple(each.unplaced((_quiet_reason(span),)) for each, span in held)
        return DayCandidates(audible, unplaced, any(candidate.runs_over for candidate in audible))

    def _spans_around(self, on: date) -> Sequence[Span]:
        found = self._spans.get(on)
        if found is None:
            found = [span for day in (on - DAY, on, on + DAY) for span in quiet_spans(self.rules, day)]
            self._spans[on] = found
        return found


def _first_met(candidate: Candidate, spans: Sequence[Span]) -> Span | None:
    """Return the first quiet interval that it overlaps. Touching is not overlapping."""
    for span in spans:
        if span[0] < candidate.end_at and candidate.start_at < span[1]:
            return span
    return None


def _quiet_reason(span: Span) -> Reason:
    """Build reason QUIET_HOURS with the instants between which the area is silent."""
    return Reason("QUIET_HOURS", None, (("from", span[0].isoformat()), ("until", span[1].isoformat())))
