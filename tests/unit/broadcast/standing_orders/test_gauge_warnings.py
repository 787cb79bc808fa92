"""Rules of gauges as sources of standing orders, and what sounds while one of two gauges is broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.gauge_orders import firings_of_broken, firings_of_flood
from bench.gauge_series import BEGIN, EVERY, pair, rule
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.gauges.limits import began_at
from broadcast.gauges.model import GaugeId, GaugeKind, GaugeLimits, GaugeRise, GaugeRuleId
from broadcast.standing_orders.gauge_warnings import can_fire, fires_at, pinned_rules, rule_name, rule_of, rule_source
from broadcast.standing_orders.model import SourceId, WarningSeverity
from province.areas import AreaId
from tests.unit.broadcast.standing_orders.test_matching import bounds

GAUGES = {each.id: each for each in pair()}
RULE = rule(*pair(), agree_least=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Tên khác"},
        {"hazard": Hazard.DAM_RELEASE},
        {"agree_least": 1},
        {"window_s": 60},
        {"hold_s": 60},
        {"hysteresis": 0.1},
        {"limits": (RULE.limits[0], GaugeLimits(GaugeId("gauge-2"), (4.0, 5.0, 6.5)))},
    ],
)
def test_whatever_the_rule_is_judged_by_makes_another_source(changes: dict[str, Any]) -> None:
    assert rule_source(replace(RULE, **changes), GAUGES) != rule_source(RULE, GAUGES)


@pytest.mark.parametrize(
    "changes",
    [
        {"least": -1.0},
        {"most": 13.0},
        {"step_most": 5.0},
        {"interval_s": 60},
        {"stuck_after_s": 0},
        {"kind": GaugeKind.RESERVOIR},
        {"area_ids": (AreaId("khac"),)},
    ],
)
def test_whatever_a_gauge_is_believed_by_makes_another_source(changes: dict[str, Any]) -> None:
    other = {**GAUGES, GaugeId("gauge-2"): replace(GAUGES[GaugeId("gauge-2")], **changes)}
    assert rule_source(RULE, other) != rule_source(RULE, GAUGES)


def test_what_changes_nothing_is_the_same_source() -> None:
    renewed = {each.id: replace(each, secret_hash="new", version=7) for each in GAUGES.values()}
    assert rule_source(replace(RULE, version=9, changed_at=BEGIN + EVERY), renewed) == rule_source(RULE, GAUGES)


def test_a_source_names_its_rule_and_others_name_none() -> None:
    source = rule_source(RULE, GAUGES)
    assert (rule_of(source), rule_name(source)) == (RULE.id, "Lũ sông Lũy")
    others = [SourceId(each) for each in ("sender gauge x y z", "feed gauge", "central", "gauge ")]
    assert [rule_of(each) for each in others] == [None] * len(others)
    assert list(pinned_rules(bounds(sources=(source, *others)))) == [(RULE.id, source)]


def test_only_gauges_that_agree_fire_an_order_and_only_of_their_hazard_at_a_level_that_they_reach() -> None:
    assert [can_fire(each) for each in (RULE, replace(RULE, is_on=False), replace(RULE, agree_least=1))] == [
        True,
        False,
        False,
    ]
    low = rule(*pair(), values=(4.0, None, None), agree_least=2)
    wanted = bounds(hazards=(Hazard.FLOOD,))
    assert fires_at(RULE, wanted)
    assert not fires_at(RULE, bounds(hazards=(Hazard.TSUNAMI,)))
    assert not fires_at(low, wanted)
    assert fires_at(low, replace(wanted, severity_min=WarningSeverity.MODERATE))


def test_a_rise_that_goes_on_is_one_event_and_one_after_a_fall_another() -> None:
    def rise(level: int, hours: int, *, fell: bool = False) -> GaugeRise:
        at = BEGIN + timedelta(hours=hours)
        return GaugeRise(f"r-{hours}", GaugeRuleId("r"), AlertLevel(level), at, (), fell_at=at if fell else None)

    assert began_at(rise(3, 5), [rise(2, 3), rise(1, 1), rise(3, 0)]) == BEGIN + timedelta(hours=1)
    assert began_at(rise(3, 5), [rise(2, 3, fell=True), rise(1, 1)]) == BEGIN + timedelta(hours=5)
    assert began_at(rise(2, 5), [rise(2, 3), rise(1, 1)]) == BEGIN + timedelta(hours=5)
    assert began_at(rise(1, 5), []) == BEGIN + timedelta(hours=5)


def test_no_broken_gauge_sounds_an_order_that_asks_for_two() -> None:
    assert [seed for seed in range(12) if firings_of_broken(seed)] == []


def test_a_sensor_that_drifts_would_sound_an_order_that_asks_for_one() -> None:
    assert firings_of_broken(0, agree_least=1)


def test_a_flood_that_both_gauges_measure_sounds_once() -> None:
    assert [len(firings_of_flood(seed)) for seed in range(3)] == [1] * 3
