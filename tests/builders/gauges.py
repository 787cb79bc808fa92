"""Gauges for tests: the rules at work on one gauge and one rule, and gauges of a console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bench import gauge_series
from bench.gauge_series import BEGIN
from broadcast.gauges.limits import LevelFall, LevelRise
from broadcast.gauges.model import Gauge, GaugeId, GaugeReading, GaugeRule, GaugeRuleId, ReadingVerdict
from broadcast.gauges.replay import GaugeReplay
from cms.gauges.repository import GaugeRules, Gauges
from cms.gauges.service.intake import GaugeIntake
from tests.console import COMMUNE, Console


class Follower(GaugeReplay):
    """Replay of one rule; ``now``: when its last reading came."""

    def __init__(self, gauge: Gauge, rule: GaugeRule) -> None:
        super().__init__(gauge, [rule])
        self.now = BEGIN

    @property
    def came(self) -> list[LevelRise | LevelFall]:
        return [each.step for each in self.steps]

    @property
    def rises(self) -> list[int]:
        return [int(each.level) for each in self.came if isinstance(each, LevelRise)]

    def take(self, reading: GaugeReading, at: datetime | None = None) -> ReadingVerdict:
        """Take a reading that arrives at ``at``, or when it was measured."""
        self.now = at or reading.at
        return super().take(reading, self.now)

    def follow(self, *values: float, begin: datetime | None = None) -> list[ReadingVerdict]:
        """Take these values, one every interval."""
        first = begin or (self.now + self.gauge.interval if self.verdicts else BEGIN)
        return [self.take(GaugeReading(first + n * self.gauge.interval, value)) for n, value in enumerate(values)]

    def settle(self, level: float = 2.0) -> None:
        """Take some values around a level, after which the gauge is believed."""
        self.follow(level, level + 0.01, level, level + 0.01)


def registered(console: Console) -> Gauge:
    """Return the gauge of the ward Mũi Né; it is added where it is not there, or was retired."""
    with console.context.uow() as unit:
        if known := unit[Gauges].all():
            return known[0]
        mine = gauge_series.gauge(area_ids=(COMMUNE,), secret_hash=console.context.new_id(), added_at=console.clock())
        made = replace(mine, id=GaugeId(console.context.new_id()))
        unit[Gauges].add(made)
        unit.commit()
    return made


def ruled(console: Console) -> GaugeRule:
    """Return a rule of that gauge."""
    mine = registered(console)
    with console.context.uow() as unit:
        known = unit[GaugeRules].of_gauge(mine.id)
        if known:
            return known[0]
        made = replace(gauge_series.rule(mine), id=GaugeRuleId(console.context.new_id()))
        unit[GaugeRules].add(made)
        unit.commit()
    return made


def risen(console: Console) -> Gauge:
    """Return the gauge after a day of readings, of which the last have reached a limit."""
    mine = registered(console)
    ruled(console)
    context, now = console.context, console.clock()
    intake = GaugeIntake(context.uow, context.voices, context.now, context.new_id)
    count = 144
    values = [round(2 + 2.6 * (n / count) ** 3 + 0.02 * (n % 3), 2) for n in range(count)]
    begin = now.replace(microsecond=0) - gauge_series.EVERY * (count - 1)
    readings = [GaugeReading(begin + n * gauge_series.EVERY, value) for n, value in enumerate(values)]
    for start in range(0, count, 16):
        intake.take(mine.id, readings[start : start + 16])
    return mine


def spare(console: Console) -> Gauge:
    """Add another gauge, which no rule asks for."""
    with console.context.uow() as unit:
        made = replace(
            gauge_series.gauge(area_ids=(COMMUNE,)), id=GaugeId(console.context.new_id()), name="Hồ Sông Quao"
        )
        made = replace(made, secret_hash=made.id)
        unit[Gauges].add(made)
        unit.commit()
    return made


def screens(console: Console) -> dict[str, tuple[str, str]]:
    """Fill the screens of gauges; return the login and path of each."""
    mine = risen(console)
    return {
        "gauges": ("officer", "/gauges"),
        "gauge": ("officer", f"/gauges/{mine.id}"),
        "gauge-replay": ("officer", f"/gauges/{mine.id}/replay"),
        "gauge-new": ("technician", "/gauges/new"),
        "gauge-edit": ("technician", f"/gauges/{mine.id}/edit"),
        "gauge-rule-new": ("officer", f"/gauges/rules/new?gauge={mine.id}"),
        "gauge-rule": ("officer", f"/gauges/rules/{ruled(console).id}"),
    }


SUBJECTS: dict[str, Callable[..., str]] = {
    "gauge": lambda console, *_: registered(console).id,
    "spare_gauge": lambda console, *_: spare(console).id,
    "gauge_rule": lambda console, *_: ruled(console).id,
}
