"""Stretches of sound: overlapping items, directly or through others, are placed together and depend on no others.

Under a quota all of a date depends on all of it: there a whole date is one stretch.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from broadcast.bulletins.transmissions import PlanEntry, Unplaced
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning.candidates import Candidate
from broadcast.scheduling.planning.placement import Placement
from broadcast.scheduling.planning.wire import item_bytes

_START_AND_ID = attrgetter("start_at", "occurrence_id")


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Candidates that overlap, directly or through others, with their entries; ``items`` is their encoding.

    It is the same in every area that hears those candidates, and areas share it.
    """

    start_at: datetime
    end_at: datetime
    candidates: tuple[Candidate, ...]
    entries: tuple[PlanEntry, ...]
    unplaced: tuple[Unplaced, ...]
    items: bytes


class Stretches:
    """Stretches made by one build or edit, each once."""

    def __init__(self) -> None:
        self._placed: dict[tuple[AreaRules | None, tuple[Candidate, ...]], Stretch] = {}

    def of(self, candidates: Iterable[Candidate], rules: AreaRules | None = None) -> list[Stretch]:
        """Return the stretches of candidates sorted by start; ``rules`` where they have a quota."""
        if rules is None:
            return [self._stretch(each, None) for each in together(candidates)]
        whole = tuple(candidates)
        return [self._stretch(whole, rules)] if whole else []

    def _stretch(self, candidates: tuple[Candidate, ...], rules: AreaRules | None) -> Stretch:
        key = (rules, candidates)
        found = self._placed.get(key)
        if found is None:
            found = self._placed[key] = _placed(candidates, rules)
        return found


def together(candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """Group candidates sorted by start, cut where nothing sounds."""
    found: list[Candidate] = []
    end_at: datetime | None = None
    for candidate in candidates:
        if end_at is not None and candidate.start_at >= end_at:
            yield tuple(found)
            found, end_at = [], None
        found.append(candidate)
        end_at = candidate.end_at if end_at is None else max(end_at, candidate.end_at)
    if found:
        yield tuple(found)


def _placed(candidates: tuple[Candidate, ...], rules: AreaRules | None) -> Stretch:
    start_at, end_at = candidates[0].start_at, max(candidate.end_at for candidate in candidates)
    if rules is None and len(candidates) == 1:
        entry = candidates[0].entry
        return Stretch(start_at, end_at, candidates, (entry,), (), item_bytes(entry))
    placement = Placement(rules=rules)
    placement.place_all(candidates)
    entries = tuple(entry for _, entry in placement.entries())
    unplaced = tuple(sorted((item for _, item in placement.unplaced), key=_START_AND_ID))
    return Stretch(start_at, end_at, candidates, entries, unplaced, b",".join(map(item_bytes, entries)))
