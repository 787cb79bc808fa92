"""Replay of a series of readings: what the rules make of each, without a store; nothing is raised."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from broadcast.gauges import limits, plausibility
from broadcast.gauges.limits import LevelFall, LevelRise
from broadcast.gauges.model import (
    Gauge,
    GaugeReading,
    GaugeRule,
    GaugeRuleId,
    GaugeRuleState,
    GaugeState,
    GaugeTrouble,
    ReadingVerdict,
)


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """Rise or fall that a reading would have led to."""

    at: datetime
    rule: GaugeRule
    step: LevelRise | LevelFall


@dataclass
class GaugeReplay:
    """Replay of one gauge with its rules. ``troubles``: when each was first seen.

    ``states``: of the rules; gauges that agree share one.
    """

    gauge: Gauge
    rules: Sequence[GaugeRule]
    states: dict[GaugeRuleId, GaugeRuleState] = field(default_factory=dict)
    state: GaugeState = field(init=False)
    steps: list[ReplayStep] = field(default_factory=list)
    verdicts: list[ReadingVerdict] = field(default_factory=list)
    troubles: dict[GaugeTrouble, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = GaugeState(self.gauge.id)
        for each in self.rules:
            self.states.setdefault(each.id, GaugeRuleState(each.id))

    def take(self, reading: GaugeReading, at: datetime) -> ReadingVerdict:
        """Take a reading that arrives at ``at``."""
        self.state = replace(self.state, heard_at=at)
        verdict = plausibility.refused(reading, at)
        if verdict is None:
            self.state, verdict = plausibility.judge(self.gauge, self.state, reading)
        elif verdict is ReadingVerdict.CLOCK_AHEAD:
            self.state = replace(self.state, ahead_at=at)
        if verdict is ReadingVerdict.GOOD and plausibility.is_believed(self.gauge, self.state):
            is_fresh = plausibility.is_fresh(self.gauge, reading, at)
            for rule in self.rules:
                known = self.states[rule.id]
                after, step = limits.advance(rule, known, self.gauge.id, reading, is_fresh=is_fresh)
                self.states[rule.id] = after
                self.steps += [ReplayStep(reading.at, rule, step)] if step is not None else []
        self.verdicts.append(verdict)
        self.look(at)
        return verdict

    def look(self, at: datetime) -> GaugeTrouble | None:
        """Note the gauge's trouble at an instant, as the watch does."""
        trouble = plausibility.trouble_of(self.gauge, self.state, at)
        if trouble is not None:
            self.troubles.setdefault(trouble, at)
        return trouble
