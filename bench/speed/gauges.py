"""``loa bench gauges``: no draft of a broken gauge, each draft of a true flood, and the time from reading to draft.

The seeds go through the rules alone, then through a standing order of two gauges that have to agree: with one of them
broken it sounds nothing, with a flood that both measure it sounds once. Then floods go through the server's own intake,
in the store of a new home: the time of a request that makes a draft beside that of one that only stores its reading.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final

import click

from bench import gauge_series
from bench.gauge_orders import firings_of_broken, firings_of_flood
from bench.gauge_series import BEGIN, EVERY, GaugeFaultKind, broken, calm, flood
from bench.percentiles import percentile
from bench.speed.province import DATA_SET, PROVINCE
from bench.speed.rows import Row, print_rows
from broadcast.gauges.limits import LevelRise
from broadcast.gauges.model import GaugeId, GaugeReading, GaugeRuleId
from broadcast.gauges.replay import GaugeReplay
from cms import bootstrap
from cms.areas.repository import Places
from cms.areas.service import data_sets
from cms.gauges.repository import GaugeRises, GaugeRules, Gauges
from cms.gauges.service.intake import GaugeIntake
from cms.platform.settings import Settings

BAR_S: Final = 2.0
_BARS_AT_ZERO: Final = ("broken_drafts", "floods_missed", "broken_firings", "floods_not_fired_once")
_READINGS = 600
_LOST, _SPIKED, _SPIKE = 0.05, 0.01, 11.9
_LEVELS = 3


@click.command()
@click.option("--seeds", default=100, show_default=True, help="Broken gauges, and as many floods.")
@click.option("--floods", default=20, show_default=True, help="Floods through the server's intake.")
@click.option("--json", "as_json", is_flag=True)
def gauges(*, seeds: int, floods: int, as_json: bool) -> None:
    """Put broken gauges and floods through the rules, and floods through the server; exit status 1 past a bar."""
    found: dict[str, float] = {}

    def noted() -> Iterator[Row]:
        for row in chain(_by_rules(seeds), _by_orders(seeds), _through_server(floods)):
            found[row.metric] = row.value
            yield row

    print_rows(noted(), as_json=as_json)
    is_wrong = any(
        found[each] for each in ("broken_drafts", "floods_missed", "broken_firings", "floods_not_fired_once")
    )
    if is_wrong or found["reading_to_draft_max"] > BAR_S:
        raise click.exceptions.Exit(1)


def _by_rules(seeds: int) -> Iterator[Row]:
    drafts, told, missed = 0, 0, 0
    kinds: Counter[GaugeFaultKind] = Counter()
    began_s = time.perf_counter()
    for seed in range(seeds):
        random, kind = Random(seed), list(GaugeFaultKind)[seed % len(GaugeFaultKind)]  # noqa: S311 - repeatable
        replay = GaugeReplay(gauge_series.gauge(), [gauge_series.rule(hold_s=random.choice((0, 0, 1200)))])
        for arrival, reading in broken(random, kind, calm(random, _READINGS)):
            replay.take(reading, arrival)
        replay.look(BEGIN + _READINGS * EVERY)
        drafts += sum(isinstance(each.step, LevelRise) for each in replay.steps)
        told += bool(replay.troubles)
        kinds[kind] += 1
        missed += not _is_drafted(Random(seed))  # noqa: S311 - repeatable
    yield Row("broken_drafts", seeds, drafts, "")
    yield Row("broken_told", seeds, told, "")
    yield Row("fault_kinds", seeds, len(kinds), "")
    yield Row("floods_missed", seeds, missed, "")
    yield Row("rules", seeds, round(time.perf_counter() - began_s, 1), "s")


def _by_orders(seeds: int) -> Iterator[Row]:
    yield Row("broken_firings", seeds, sum(len(firings_of_broken(seed)) for seed in range(seeds)), "")
    missed = sum(len(firings_of_flood(seed)) != 1 for seed in range(seeds))
    yield Row("floods_not_fired_once", seeds, missed, "")


def _is_drafted(random: Random) -> bool:
    """Return whether a flood with losses and spikes drafts each level at most once, and the highest."""
    replay = GaugeReplay(gauge_series.gauge(), [gauge_series.rule()])
    for reading in flood(random):
        is_lost, is_spike = random.random() < _LOST, random.random() < _SPIKED
        if not is_lost:
            replay.take(replace(reading, value=_SPIKE) if is_spike else reading, reading.at)
    rises = [int(each.step.level) for each in replay.steps if isinstance(each.step, LevelRise)]
    return rises == sorted(set(rises)) and rises[-1:] == [_LEVELS]


def _through_server(floods: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="loa-gauges-") as folder:
        settings = Settings(home=Path(folder))
        bootstrap.prepare(settings)
        made = bootstrap.build(settings)
        data_sets.load(made.uow, DATA_SET, now=made.now())
        with made.uow.reading() as unit:
            area_id = unit[Places].tree().leaves(PROVINCE)[0].id
        clock = _Clock()
        intake = GaugeIntake(made.uow, made.voices, clock, made.new_id)
        stored_s: list[float] = []
        drafted_s: list[float] = []
        drafts = 0
        for seed in range(floods):
            mine = replace(
                gauge_series.gauge(area_ids=(area_id,)), id=GaugeId(made.new_id()), secret_hash=made.new_id()
            )
            rule = replace(gauge_series.rule(mine), id=GaugeRuleId(made.new_id()))
            with made.uow() as unit:
                unit[Gauges].add(mine)
                unit[GaugeRules].add(rule)
                unit.commit()
            for reading in flood(Random(seed)):  # noqa: S311 - repeatable
                clock.at = reading.at
                began_s = time.perf_counter()
                taken = intake.take(mine.id, [GaugeReading(reading.at, reading.value)])
                (drafted_s if taken.rises else stored_s).append(time.perf_counter() - began_s)
            with made.uow.reading() as unit:
                drafts += len(unit[GaugeRises].of_rules([rule.id], BEGIN - timedelta(days=1), 99))
        usual = statistics.median(stored_s)
        yield Row("drafts", floods, drafts, "")
        yield Row("reading_stored_p50", len(stored_s), round(usual, 4), "s")
        for share in (0.5, 0.99):
            value = percentile(drafted_s, share)
            yield Row.against(f"reading_to_draft_p{share * 100:.0f}", len(drafted_s), value, "s", baseline=usual)
        yield Row.against("reading_to_draft_max", len(drafted_s), max(drafted_s), "s", baseline=usual)


class _Clock:
    """Clock of the readings, which the intake is given."""

    at: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.at
