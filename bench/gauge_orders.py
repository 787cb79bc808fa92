"""Standing orders of gauges under broken gauges and true floods: which of them sound, by the rules alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from bench import gauge_series
from bench.gauge_series import BEGIN, GaugeFaultKind, broken, calm, flood
from bench.standing_orders import MEANT, TREE, order_of
from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertKind, Audience
from broadcast.bulletins.model import Targets
from broadcast.gauges import limits
from broadcast.gauges.limits import LevelRise
from broadcast.gauges.model import Gauge, GaugeReading, GaugeRise, GaugeRule
from broadcast.gauges.replay import GaugeReplay
from broadcast.standing_orders.gauge_warnings import rule_source, warning_of_rise
from broadcast.standing_orders.matching import concerned, firing_of, match
from broadcast.standing_orders.model import AlertStandingOrder, Firing

_GROUND: Final = PlaceIndex(TREE)
_READINGS: Final = 400
_DRIFTS: Final = 12
"""One seed of so many has a sensor that drifts as slowly as water rises, which no rule about one gauge sees."""


def ordered_pair(agree_least: int) -> tuple[tuple[Gauge, Gauge], GaugeRule, AlertStandingOrder]:
    """Return two gauges of a commune, a rule by which so many have to agree, and a standing order of it."""
    gauges = gauge_series.gauge(area_ids=(MEANT,)), gauge_series.pair()[1]
    gauges = gauges[0], replace(gauges[1], area_ids=(MEANT,))
    rule = gauge_series.rule(*gauges, agree_least=agree_least)
    order = order_of(AlertKind.LIVE)
    source = rule_source(rule, {each.id: each for each in gauges})
    bounds = replace(
        order.bounds,
        sources=(source,),
        hazards=(Hazard.FLOOD,),
        valid_from_at=BEGIN - timedelta(days=1),
        valid_until_at=BEGIN + timedelta(days=30),
    )
    return gauges, rule, replace(order, bounds=bounds)


def firings_of_broken(seed: int, agree_least: int = 2) -> Sequence[Firing]:
    """Let one gauge of the pair break in one of many ways while the water stays low; return what sounded."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    sound = [(each.at, each) for each in calm(random, _READINGS)]
    if seed % _DRIFTS == 0:
        drift = random.uniform(0.01, 0.04)
        wrong = [(at, replace(each, value=round(each.value + n * drift, 2))) for n, (at, each) in enumerate(sound)]
    else:
        kind = list(GaugeFaultKind)[seed % len(GaugeFaultKind)]
        wrong = list(broken(random, kind, calm(random, _READINGS)))
    return _fired(sound, wrong, agree_least=agree_least)


def firings_of_flood(seed: int) -> Sequence[Firing]:
    """Let both gauges measure the same flood, each with its own noise; return what sounded."""
    one, other = ([(each.at, each) for each in flood(Random(seed))] for _ in range(2))  # noqa: S311 - repeatable
    noise = Random(-seed)  # noqa: S311 - repeatable
    shifted = [(at, replace(each, value=round(each.value + noise.uniform(-0.05, 0.05), 2))) for at, each in other]
    return _fired(one, shifted)


def _fired(*series: Sequence[tuple[datetime, GaugeReading]], agree_least: int = 2) -> Sequence[Firing]:
    gauges, rule, order = ordered_pair(agree_least)
    first = GaugeReplay(gauges[0], [rule])
    second = GaugeReplay(gauges[1], [rule], states=first.states)
    firings: list[Firing] = []
    rises: list[GaugeRise] = []
    for arrival, number, reading in sorted(_arrivals(series), key=lambda each: each[:2]):
        replay = (first, second)[number]
        known = len(replay.steps)
        replay.take(reading, arrival)
        for each in replay.steps[known:]:
            if isinstance(each.step, LevelRise):
                rises.insert(0, GaugeRise("rise", rule.id, each.step.level, each.at, each.step.reached))
                firings += _firings(rises, rule, order, firings, arrival)
            elif rises:
                rises[0] = replace(rises[0], fell_at=each.at)
    return firings


def _arrivals(
    series: Sequence[Sequence[tuple[datetime, GaugeReading]]],
) -> Iterator[tuple[datetime, int, GaugeReading]]:
    for number, readings in enumerate(series):
        yield from ((arrival, number, reading) for arrival, reading in readings)


def _firings(
    rises: Sequence[GaugeRise], rule: GaugeRule, order: AlertStandingOrder, before: Sequence[Firing], now: datetime
) -> Iterator[Firing]:
    """Yield what the newest of the rises fires."""
    (source,) = order.bounds.sources
    began_at = limits.began_at(rises[0], rises[1:])
    audience = Audience(Targets((MEANT,)))
    warning = warning_of_rise(
        rises[0], rule.hazard, audience, began_at=began_at, pins=[source], source=source, basis=""
    )
    orders = concerned(warning, [order], _GROUND)
    found = match(warning, orders, before, alerts=(), unfit={}, is_on=True, ground=_GROUND, now=now)
    for planned in found.planned:
        yield firing_of(planned, warning, now, firing_id=f"f-{len(before)}", alert_id="a")
