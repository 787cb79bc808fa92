"""Limits: one draft a rise, whatever the readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bench.gauge_series import BEGIN, EVERY, GaugeFaultKind, broken, calm, flood, gauge, rule
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.gauges.limits import LevelFall, LevelRise, advance
from broadcast.gauges.model import GaugeId, GaugeReading, GaugeRuleState, GaugeTrouble
from tests.builders.gauges import Follower

SEEDS = 22
UPPER, LOWER = gauge(), gauge(id=GaugeId("gauge-2"), name="Sông Lũy hạ")


def test_the_second_reading_at_the_limit_drafts_once_and_waves_around_it_do_not_again() -> None:
    river = Follower(gauge(), rule())
    river.settle(3.8)
    river.follow(4.0)
    assert not river.steps
    river.follow(4.1)
    assert river.rises == [1]
    river.follow(3.9, 4.05, 3.75, 4.2, 4.1)
    assert river.rises == [1]
    assert len(river.steps) == 1


def test_a_higher_level_drafts_again_and_levels_between_are_passed_over() -> None:
    river = Follower(gauge(step_most=1.0), rule())
    river.settle()
    river.follow(4.5, 4.6)
    river.follow(6.5, 6.5, 6.6)
    assert river.rises == [1, 3]


def test_after_the_fall_below_the_limit_the_next_rise_drafts_again() -> None:
    river = Follower(gauge(), rule())
    river.settle(3.8)
    river.follow(4.1, 4.2, 3.8)
    assert river.rises == [1]
    river.follow(3.65)
    assert river.came[-1] == LevelFall(0)
    river.follow(4.1, 4.1)
    assert river.rises == [1, 1]


def test_a_limit_counts_when_it_is_held() -> None:
    river = Follower(gauge(), rule(hold_s=1800))
    river.settle(3.8)
    river.follow(4.1, 4.1, 4.1)
    assert not river.steps
    river.follow(4.1)
    assert river.rises == [1]


def test_gauges_that_have_to_agree_draft_together_within_the_window() -> None:
    both = rule(UPPER, LOWER, agree_least=2)
    state, step = advance(both, GaugeRuleState(both.id), UPPER.id, GaugeReading(BEGIN, 4.5), is_fresh=True)
    assert step is None
    late, none = advance(both, state, LOWER.id, GaugeReading(BEGIN + timedelta(hours=2), 4.5), is_fresh=True)
    assert none is None
    assert late.level == 0
    state, step = advance(both, state, LOWER.id, GaugeReading(BEGIN + timedelta(hours=1), 4.5), is_fresh=True)
    assert isinstance(step, LevelRise)
    assert [each.gauge_id for each in step.reached] == [UPPER.id, LOWER.id]
    assert step.level is AlertLevel.ONE
    state, step = advance(both, state, LOWER.id, GaugeReading(BEGIN + timedelta(hours=1), 3.0), is_fresh=True)
    assert step == LevelFall(0)
    assert state.level == 0


def test_what_was_measured_last_night_drafts_nothing_and_the_next_fresh_reading_does() -> None:
    river = Follower(gauge(), rule())
    river.settle(3.9)
    arrives = river.now + timedelta(hours=8)
    for n in range(1, 5):
        river.take(GaugeReading(BEGIN + (3 + n) * EVERY, 4.0 + n / 10), arrives)
    assert not river.steps
    river.take(GaugeReading(arrives, 4.6), arrives)
    river.follow(4.62, 4.63)
    assert river.rises == [1]


def test_a_limit_that_a_gauge_lacks_and_a_gauge_that_the_rule_lacks_are_passed_over() -> None:
    one = rule(values=(None, 5.0, None))
    state = GaugeRuleState(one.id)
    for minute in range(3):
        at = BEGIN + timedelta(minutes=minute)
        state, step = advance(one, state, GaugeId("gauge-1"), GaugeReading(at, 4.9), is_fresh=True)
        assert step is None
        state, step = advance(one, state, GaugeId("other"), GaugeReading(at, 9.9), is_fresh=True)
        assert (step, state.reached) == (None, ())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_broken_gauge_drafts_nothing_and_most_faults_are_told(seed: int) -> None:
    random = Random(seed)
    kind = list(GaugeFaultKind)[seed % len(GaugeFaultKind)]
    river = Follower(gauge(), rule(hold_s=random.choice((0, 0, 1200))))
    for arrival, reading in broken(random, kind, calm(random, 600)):
        river.take(reading, arrival)
    river.look(BEGIN + 600 * EVERY)
    assert river.steps == []
    told = {
        GaugeFaultKind.STUCK_HIGH: GaugeTrouble.JUMPING,
        GaugeFaultKind.OFFSET: GaugeTrouble.JUMPING,
        GaugeFaultKind.GARBAGE: GaugeTrouble.JUMPING,
        GaugeFaultKind.FROZEN: GaugeTrouble.STUCK,
        GaugeFaultKind.SILENT: GaugeTrouble.SILENT,
        GaugeFaultKind.CLOCK_AHEAD: GaugeTrouble.CLOCK,
        GaugeFaultKind.CLOCK_BEHIND: GaugeTrouble.CLOCK,
    }.get(kind)
    assert told is None or told in river.troubles


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_flood_with_noise_drafts_each_level_once(seed: int) -> None:
    random = Random(seed)
    river = Follower(gauge(), rule())
    for reading in flood(random):
        lost, spiked = random.random() < 0.05, random.random() < 0.01
        if not lost:
            river.take(replace(reading, value=11.9) if spiked else reading)
    assert river.rises == sorted(set(river.rises))
    assert river.rises[-1] == 3
    assert isinstance(river.came[-1], LevelFall)
