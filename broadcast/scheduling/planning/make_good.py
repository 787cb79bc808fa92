"""Make-good airings: placed after everything that was promised, in time that is free."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.transmissions import DayPlan, MadeGood, OccurrenceId, PlanEntry, Reason, Transmission, Unplaced
from broadcast.scheduling.area_rules import AreaRules, Span, first_quiet
from broadcast.scheduling.make_good import LEAD, Missed, on_grid
from broadcast.scheduling.planning.candidates import entry_of, left_out
from broadcast.scheduling.quotas import Ledger
from devices.model import DeviceId

_HALF_LEAD = LEAD / 2


@dataclass(frozen=True, slots=True)
class Owed:
    """Airing that makes good one that several devices of an area missed at the same time."""

    transmission: Transmission
    missed: Missed
    devices: tuple[DeviceId, ...]


def owed_of(missed: Iterable[Missed], transmissions: Iterable[Transmission]) -> Sequence[Owed]:
    """Group missed airings by the item that makes them good, in the order of placing; none of withdrawn ones."""
    known = {each.id: each for each in transmissions if each.withdrawn_at is None}
    together: dict[OccurrenceId, list[Missed]] = {}
    for each in missed:
        if each.transmission_id in known:
            together.setdefault(each.item_id, []).append(each)
    found = [
        Owed(known[these[0].transmission_id], these[0], tuple(sorted(each.device_id for each in these)))
        for these in together.values()
    ]
    return sorted(found, key=lambda owed: (-owed.transmission.prio, owed.missed.not_before_at, owed.missed.item_id))


def with_made_good(
    plans: Sequence[DayPlan], owed: Iterable[Owed], rules: AreaRules, *, stored: Sequence[DayPlan], now: datetime
) -> tuple[DayPlan, ...]:
    """Add these to ``plans`` (of consecutive dates), or to the unplaced of them, with the reason.

    Airings that began before ``now`` stay as they were ``stored``; those placed keep their time while that is free.
    """
    began = [(plan.on, made) for plan in stored for made in plan.made_good if made.entry.start_at < now]
    wanted = list(owed)
    if not began and not wanted:
        return tuple(plans)  # as nearly always: nothing was missed
    before = {made.entry.occurrence_id: made.entry.start_at for plan in stored for made in plan.made_good}
    room = _Room(plans, stored, rules, now)
    for _, made in began:
        room.take(made.entry.start_at, made.entry.end_at)
    settled = {made.entry.occurrence_id for _, made in began}
    made_good: dict[date, list[MadeGood]] = {plan.on: [] for plan in plans}
    unplaced: dict[date, list[Unplaced]] = {plan.on: [] for plan in plans}
    for on, made in began:
        if on in made_good:
            made_good[on].append(made)
    zone, first_on, last_on = ZoneInfo(rules.zone), plans[0].on, plans[-1].on
    for each in wanted:
        if each.missed.item_id in settled:
            continue
        start_at = room.place(each, before.get(each.missed.item_id))
        on = (start_at or each.missed.not_before_at).astimezone(zone).date()
        if start_at is None:
            unplaced[min(max(on, first_on), last_on)].append(_unplaced(each))
        elif on in made_good:
            made_good[on].append(MadeGood(_entry(each, start_at), each.devices))
    return tuple(
        replace(
            plan,
            made_good=tuple(sorted(made_good[plan.on], key=lambda made: made.entry.start_at)),
            unplaced=tuple(
                sorted((*plan.unplaced, *unplaced[plan.on]), key=lambda item: (item.start_at, item.occurrence_id))
            ),
        )
        for plan in plans
    )


class _Room:
    """Airtime of one area: the intervals taken, and a search for free ones."""

    def __init__(self, plans: Sequence[DayPlan], stored: Sequence[DayPlan], rules: AreaRules, now: datetime) -> None:
        held = {plan.on: plan for plan in (*stored, *plans)}
        self._sessions = sorted((entry.start_at, entry.end_at) for plan in held.values() for entry in plan.entries)
        self._rules = rules
        self._zone = ZoneInfo(rules.zone)
        self._now = now
        self._taken: list[Span] = []
        self._ledger = Ledger(rules)
        for start_at, end_at in self._sessions:
            self.take(start_at, end_at)

    def take(self, start_at: datetime, end_at: datetime) -> None:
        """Reserve the interval, under the quota too."""
        self._taken.append((start_at, end_at))
        self._ledger.enter(self._on(start_at), start_at, end_at)

    def place(self, owed: Owed, before_at: datetime | None) -> datetime | None:
        """Find a start for it and reserve it; None where no time is left."""
        missed, length = owed.missed, timedelta(milliseconds=owed.transmission.duration_ms)
        for start_at in self._chances(missed, length, before_at):
            end_at = start_at + length
            is_within = missed.not_before_at <= start_at and end_at <= missed.not_after_at
            if is_within and self._in_the_way(start_at, end_at) is None and self._is_allowed(start_at, end_at):
                self.take(start_at, end_at)
                return start_at
        return None

    def _chances(self, missed: Missed, length: timedelta, before_at: datetime | None) -> Iterator[datetime]:
        if before_at is not None:
            yield before_at
        is_soon_enough = missed.not_before_at >= self._now + _HALF_LEAD
        earliest_at = missed.not_before_at if is_soon_enough else on_grid(self._now + LEAD)
        if missed.mode is MakeGoodMode.NEXT_SESSION:
            yield from (end_at for _, end_at in self._sessions if end_at >= earliest_at)
            return
        start_at = earliest_at
        while start_at + length <= missed.not_after_at:
            yield start_at
            # Reached only where that start does not fit: try after the obstacle.
            met = self._in_the_way(start_at, start_at + length)
            start_at = on_grid(met[1]) if met is not None else missed.not_after_at

    def _in_the_way(self, start_at: datetime, end_at: datetime) -> Span | None:
        sounding = next((span for span in self._taken if span[0] < end_at and start_at < span[1]), None)
        return sounding or first_quiet(self._rules, start_at, end_at)

    def _is_allowed(self, start_at: datetime, end_at: datetime) -> bool:
        """Check the area's quota; make-good airings count like any other."""
        return not self._rules.has_quota or self._ledger.refusal(self._on(start_at), start_at, end_at) is None

    def _on(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _reason(missed: Missed) -> Reason:
    return Reason("MADE_GOOD", None, (("start_at", missed.missed_at.isoformat()), ("mode", missed.mode.value)))


def _entry(owed: Owed, start_at: datetime) -> PlanEntry:
    end_at = start_at + timedelta(milliseconds=owed.transmission.duration_ms)
    return entry_of(owed.transmission, owed.missed.item_id, start_at, end_at, reasons=(_reason(owed.missed),))


def _unplaced(owed: Owed) -> Unplaced:
    missed = owed.missed
    figures = (("from", missed.not_before_at.isoformat()), ("until", missed.not_after_at.isoformat()))
    reasons = (_reason(missed), Reason("NO_TIME_LEFT", None, figures))
    return left_out(_entry(owed, missed.not_before_at), reasons)
