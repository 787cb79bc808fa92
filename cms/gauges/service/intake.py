"""Intake of readings: judged, stored and weighed against the limits in one transaction, which a draft is part of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from broadcast.gauges import limits, plausibility
from broadcast.gauges.model import (
    Gauge,
    GaugeId,
    GaugeReading,
    GaugeRise,
    GaugeRule,
    GaugeRuleState,
    GaugeState,
    ReadingVerdict,
    StoredReading,
)
from cms.accounts.service.vault import secret_hash
from cms.gauges.repository import GaugeReadings, GaugeRises, GaugeRules, GaugeRuleStates, Gauges, GaugeStates
from cms.gauges.service.drafts import GAUGES, LimitReached
from cms.gauges.service.rises import act_on
from cms.gauges.service.troubles import note_trouble
from cms.platform.store.uow import UnitOfWork, UowFactory
from media.ports import Voices
from province.call import Authority, Call
from province.events import Event
from province.policy import Policy

READINGS_MOST: Final = 500
"""Readings of one request."""
CREDIT_MOST: Final = 3_000
"""Readings at once: a week of them, of a gauge that was cut off."""
CREDIT_AN_INTERVAL: Final = 4
_KEPT: Final = frozenset({ReadingVerdict.GOOD, ReadingVerdict.LATE, ReadingVerdict.OUT_OF_RANGE, ReadingVerdict.JUMP})


class TooManyReadingsError(Exception):
    """The gauge sends far more often than it is expected to; it may go on after ``wait_s``."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"wait {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class TakenReadings:
    """Verdicts of the readings of one request, in its order, and the rises that they led to."""

    gauge: Gauge
    verdicts: tuple[ReadingVerdict, ...]
    rises: tuple[GaugeRise, ...]


@dataclass(frozen=True)
class GaugeIntake:
    """Intake of the readings of all gauges."""

    uow: UowFactory
    voices: Voices
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    authority: Authority = field(default_factory=Policy)

    def gauge_of(self, secret: str) -> Gauge | None:
        """Return the gauge that sends with this secret."""
        with self.uow.reading() as uow:
            return uow[Gauges].of_secret(secret_hash(secret))

    def take(self, gauge_id: GaugeId, readings: Sequence[GaugeReading]) -> TakenReadings:
        """Take the readings of a gauge, in any order; the same ones again change nothing.

        Raises:
            TooManyReadingsError: it sends far more often than it is expected to.
        """
        now = self.now()
        with self.uow.reading() as looking:
            # A gauge gone mad must not hold the write lock that alerts wait for.
            _require_credit(looking[Gauges].get(gauge_id), looking[GaugeStates].of(gauge_id), len(readings), now)
        with self.uow() as uow:
            gauge = uow[Gauges].locked(gauge_id)
            state = uow[GaugeStates].of(gauge_id)
            credit = _require_credit(gauge, state, len(readings), now)
            call = Call(GAUGES, self.authority, now, self.new_id)
            turn = _Turn(uow, gauge, replace(state, credit=credit, heard_at=now), call, self.voices)
            verdicts = turn.take(readings)
            after = note_trouble(uow, gauge, turn.state, now, self.new_id, is_receiving=True)
            uow[GaugeStates].save(after)
            uow.commit()
        return TakenReadings(gauge, verdicts, tuple(turn.rises))


@dataclass
class _Turn:
    """One request of a gauge, within its unit of work."""

    uow: UnitOfWork
    gauge: Gauge
    state: GaugeState
    call: Call
    voices: Voices
    rises: list[GaugeRise] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.call.now
        self._rules = [each for each in self.uow[GaugeRules].locked_of(self.gauge.id) if each.is_on]
        self._states = {each.id: self.uow[GaugeRuleStates].of(each.id) for each in self._rules}

    def take(self, readings: Sequence[GaugeReading]) -> tuple[ReadingVerdict, ...]:
        """Judge the readings by their instants, store them, and return the verdicts in the request's order."""
        known = dict(self.uow[GaugeReadings].values_at(self.gauge.id, [each.at for each in readings]))
        verdicts: dict[int, ReadingVerdict] = {}
        stored: list[StoredReading] = []
        for place, reading in sorted(enumerate(readings), key=lambda each: each[1].at):
            verdict = verdicts[place] = self._verdict(reading, known)
            if verdict in _KEPT:
                known[reading.at] = reading.value
                stored.append(StoredReading(self.gauge.id, reading.at, reading.value, verdict, self.now))
            if verdict is ReadingVerdict.GOOD and plausibility.is_believed(self.gauge, self.state):
                self._weigh(reading)
        self.uow[GaugeReadings].add(stored)
        for state in self._states.values():
            self.uow[GaugeRuleStates].save(state)
        return tuple(verdicts[place] for place in range(len(readings)))

    def _verdict(self, reading: GaugeReading, known: Mapping[datetime, float]) -> ReadingVerdict:
        refused = plausibility.refused(reading, self.now)
        if refused is ReadingVerdict.CLOCK_AHEAD:
            self.state = replace(self.state, ahead_at=self.now)
        if refused is not None:
            return refused
        if reading.at in known:
            is_same = known[reading.at] == reading.value
            return ReadingVerdict.DUPLICATE if is_same else ReadingVerdict.CONFLICT
        self.state, verdict = plausibility.judge(self.gauge, self.state, reading)
        return verdict

    def _weigh(self, reading: GaugeReading) -> None:
        """Weigh a reading against the limits of each rule."""
        is_fresh = plausibility.is_fresh(self.gauge, reading, self.now)
        for rule in self._rules:
            before = self._states[rule.id]
            after, step = limits.advance(rule, before, self.gauge.id, reading, is_fresh=is_fresh)
            if isinstance(step, limits.LevelRise):
                rise = self._rise(rule, before, step, reading.at)
                after = replace(after, rise_id=rise.id)
            elif isinstance(step, limits.LevelFall):
                self._fall(rule, before, step, reading.at)
            self._states[rule.id] = after

    def _rise(self, rule: GaugeRule, before: GaugeRuleState, step: limits.LevelRise, at: datetime) -> GaugeRise:
        known = self.uow[Gauges].get_many([each.gauge_id for each in step.reached])
        last = self.uow[GaugeRises].find(before.rise_id) if before.level else None
        limit = LimitReached(rule, step.level, step.reached, known, last, at)
        rise = act_on(self.uow, limit, call=self.call, voices=self.voices)
        self.rises.append(rise)
        return rise

    def _fall(self, rule: GaugeRule, before: GaugeRuleState, step: limits.LevelFall, at: datetime) -> None:
        """Note the fall at the rise and at its alert; it ends nothing: people decide on the all-clear."""
        rise = self.uow[GaugeRises].find(before.rise_id)
        detail = {"level": step.level, "rule": rule.id}
        self.uow.record(Event.of(GAUGES, "gauge.limit_left", rule.id, self.now, **detail))
        if rise is not None and rise.fell_at is None:
            self.uow[GaugeRises].put(replace(rise, fell_at=at))
            if rise.alert_id is not None:
                self.uow.record(Event.of(GAUGES, "alert.water_fell", rise.alert_id, self.now, **detail))


def _require_credit(gauge: Gauge, state: GaugeState, count: int, now: datetime) -> float:
    """Return what is left of the readings that the gauge may send. Raises TooManyReadingsError."""
    credit = float(CREDIT_MOST)
    if state.heard_at is not None:
        gained = CREDIT_AN_INTERVAL * ((now - state.heard_at) / gauge.interval)
        credit = min(credit, state.credit + max(0.0, gained))
    if credit < count:
        raise TooManyReadingsError(int((count - credit) / CREDIT_AN_INTERVAL * gauge.interval_s) + 1)
    return credit - count
