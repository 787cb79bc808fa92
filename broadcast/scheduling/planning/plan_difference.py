"""Difference that one more transmission makes in an area: only the stretches of sound it takes part in are placed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from broadcast.bulletins.framing import Framing
from broadcast.bulletins.transmissions import PlanEntry, Transmission, Unplaced
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.overlap_precheck import ClockFace
from broadcast.scheduling.planning.audible import AudibleCandidates
from broadcast.scheduling.planning.candidates import DAY, Candidate, Expansion
from broadcast.scheduling.planning.day_plans import CHAIN_DAYS_MAX, AreaPlanning, FixedPast
from broadcast.scheduling.planning.placement import Placement
from province.areas import AreaId

_START_AND_ID = attrgetter("start_at", "occurrence_id")
_START = attrgetter("start_at")


@dataclass(slots=True)
class Changed:
    """Changes on one local date: its airings placed and not placed, and those of others that they displace."""

    entries: list[PlanEntry] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    displaced: list[Unplaced] = field(default_factory=list)


class Difference:
    """Comparison of plans with and without ``wanted``, for several areas; shared parts are worked out once.

    Equal to planning every area with it and without it, from ``now`` on, on ``days`` local dates; a test compares the
    two. Airings that began before ``now`` are left out.
    """

    def __init__(self, wanted: Transmission, now: datetime, days: int, framing: Framing) -> None:
        self._wanted = wanted
        self._framing = framing
        self._face = ClockFace(wanted)
        self._aired = FixedPast(now)
        self._days = days
        self._expansions: dict[str, Expansion] = {}
        self._audibles: dict[AreaRules, AudibleCandidates] = {}
        self._outcomes: dict[tuple[AreaRules | None, tuple[Candidate, ...]], Mapping[date, Changed]] = {}

    def of(self, area_id: AreaId, rules: AreaRules, here: Sequence[Transmission]) -> Mapping[date, Changed]:
        """Return the changes by date; dates without any are missing. ``here`` are the others that reach the area."""
        first_on = self._aired.before_at.astimezone(ZoneInfo(rules.zone)).date()
        near = (*(here if rules.has_quota else self._face.connected(here)), self._wanted)
        heard = [self._framing.heard_in(each, area_id) for each in near]
        planning = AreaPlanning(area_id, heard, self._audible(rules, first_on), aired=self._aired)
        window = [first_on + n * DAY for n in range(self._days)]
        found: dict[date, Changed] = {}
        for on in window:
            held = [item for item in planning.held(on) if item.transmission_id == self._wanted.id]
            if held:
                found.setdefault(on, Changed()).unplaced += held
        sounding = _sounding(planning, window)
        quota = planning.quota_rules
        for stretch in _together(sounding) if quota is None else _by_tied_dates(planning, sounding):
            if any(each.entry.transmission_id == self._wanted.id for each in stretch):
                for on, changed in self._outcome(stretch, quota).items():
                    if window[0] <= on <= window[-1]:
                        day = found.setdefault(on, Changed())
                        day.entries += changed.entries
                        day.unplaced += changed.unplaced
                        day.displaced += changed.displaced
        for day in found.values():
            day.unplaced.sort(key=_START_AND_ID)
        return found

    def _audible(self, rules: AreaRules, first_on: date) -> AudibleCandidates:
        if rules not in self._audibles:
            expansion = self._expansions.setdefault(rules.zone, Expansion(rules.zone, first_on))
            self._audibles[rules] = AudibleCandidates(rules, expansion)
        return self._audibles[rules]

    def _outcome(self, stretch: tuple[Candidate, ...], rules: AreaRules | None) -> Mapping[date, Changed]:
        found = self._outcomes.get((rules, stretch))
        if found is None:
            found = self._outcomes[rules, stretch] = self._placed(stretch, rules)
        return found

    def _placed(self, stretch: tuple[Candidate, ...], rules: AreaRules | None) -> Mapping[date, Changed]:
        mine = self._wanted.id
        with_it, without = Placement(rules=rules), Placement(rules=rules)
        with_it.place_all(stretch)
        without.place_all(each for each in stretch if each.entry.transmission_id != mine)
        lost_before = {item.occurrence_id for _, item in without.unplaced}
        found: dict[date, Changed] = {}
        for on, entry in with_it.entries():
            if entry.transmission_id == mine:
                found.setdefault(on, Changed()).entries.append(entry)
        for on, item in sorted(with_it.unplaced, key=lambda dated: _START_AND_ID(dated[1])):
            if item.transmission_id == mine:
                found.setdefault(on, Changed()).unplaced.append(item)
            elif item.occurrence_id not in lost_before:
                found.setdefault(on, Changed()).displaced.append(item)
        return found


def _together(candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, ...]]:
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


def _by_tied_dates(planning: AreaPlanning, sounding: Iterable[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """Group by date, dates tied across midnight together: under a quota all of a date counts."""
    found: list[Candidate] = []
    for candidate in sounding:
        if found and candidate.on != found[-1].on and not _is_tied(planning, found[-1].on, candidate.on):
            yield tuple(found)
            found = []
        found.append(candidate)
    if found:
        yield tuple(found)


def _is_tied(planning: AreaPlanning, earlier_on: date, later_on: date) -> bool:
    return earlier_on + DAY == later_on and planning.ties(later_on)


def _sounding(planning: AreaPlanning, window: Sequence[date]) -> Iterator[Candidate]:
    """Yield the audible candidates of those dates and of later dates that run on from them, by start."""
    for on in window:
        yield from sorted(planning.audible(on), key=_START)
    for ahead in range(1, CHAIN_DAYS_MAX + 1):
        on = window[-1] + ahead * DAY
        if not planning.ties(on):
            break
        yield from sorted(planning.audible(on), key=_START)
