"""Plausibility of readings: what a gauge may say, and when it is believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench.gauge_series import BEGIN, EVERY, gauge, rule
from broadcast.gauges import plausibility
from broadcast.gauges.model import GaugeKind, GaugeReading, GaugeTrouble, ReadingVerdict
from tests.builders.gauges import Follower

_V = ReadingVerdict


def follower(**changes: object) -> Follower:
    return Follower(gauge(**changes), rule())


def test_a_value_out_of_range_and_a_jump_are_used_for_nothing() -> None:
    river = follower()
    river.settle()
    assert river.follow(-0.1, 12.1, 5.0, 2.02) == [_V.OUT_OF_RANGE, _V.OUT_OF_RANGE, _V.JUMP, _V.GOOD]
    assert river.state.last == GaugeReading(river.now, 2.02)


def test_a_gauge_that_jumped_is_not_believed_however_long_it_stays_there() -> None:
    river = follower()
    river.settle()
    assert set(river.follow(*[5.0] * 300)) == {_V.JUMP}
    assert river.look(river.now) is GaugeTrouble.JUMPING
    assert not river.steps


def test_one_spike_is_forgiven_and_three_are_doubted_until_twelve_good_readings() -> None:
    river = follower()
    river.settle()
    river.follow(9.0, 2.0)
    assert plausibility.is_believed(river.gauge, river.state)
    river.follow(9.0, 2.0, 9.0, 2.0)
    assert not plausibility.is_believed(river.gauge, river.state)
    river.follow(*[2.0, 2.01] * 5)
    assert not plausibility.is_believed(river.gauge, river.state)
    river.follow(2.0)
    assert plausibility.is_believed(river.gauge, river.state)


def test_after_a_gap_any_value_is_taken_and_believed_once_others_follow_from_it() -> None:
    river = follower()
    river.settle()
    later = river.now + 20 * EVERY
    assert river.follow(4.4, begin=later) == [_V.GOOD]
    assert not plausibility.is_believed(river.gauge, river.state)
    river.follow(4.4, 4.4, 4.4)
    assert not plausibility.is_believed(river.gauge, river.state), "a value that never moves may be a broken gauge's"
    river.follow(4.5)
    assert plausibility.is_believed(river.gauge, river.state)


def test_a_gauge_that_jumps_right_after_a_gap_is_doubted_at_once() -> None:
    river = follower()
    river.settle()
    river.follow(4.4, begin=river.now + 20 * EVERY)
    river.follow(9.0)
    assert river.look(river.now) is GaugeTrouble.JUMPING


def test_a_first_value_that_was_wrong_is_forgotten_once_twelve_others_agree() -> None:
    river = follower()
    assert river.follow(11.9, 2.0) == [_V.GOOD, _V.JUMP]
    river.follow(*[2.01, 2.0] * 5, 2.01)
    assert not plausibility.is_believed(river.gauge, river.state)
    river.follow(2.0)
    assert plausibility.is_believed(river.gauge, river.state)


def test_a_person_who_trusts_it_again_has_it_begin_anew() -> None:
    river = follower()
    river.settle()
    river.follow(*[5.0] * 5)
    river.state = plausibility.trusted(river.state)
    assert river.look(river.now) is None
    assert river.follow(3.0, 3.01, 3.02) == [_V.GOOD] * 3
    assert plausibility.is_believed(river.gauge, river.state)


@pytest.mark.parametrize(
    ("kind", "value", "is_stuck"),
    [
        (GaugeKind.RIVER, 2.0, True),
        (GaugeKind.RIVER, 0.0, True),
        (GaugeKind.RAIN, 0.0, False),
        (GaugeKind.RAIN, 4.0, True),
        (GaugeKind.OUTFLOW, 0.0, False),
    ],
)
def test_a_value_that_stands_still_is_stuck_unless_it_is_no_rain_or_no_outflow(
    kind: GaugeKind, value: float, is_stuck: bool
) -> None:
    river = follower(kind=kind)
    river.follow(value, value + 0.1, value, *[value] * (24 * 6))
    assert plausibility.is_stuck(river.gauge, river.state) is is_stuck
    assert (river.look(river.now) is GaugeTrouble.STUCK) is is_stuck
    assert plausibility.is_believed(river.gauge, river.state) is not is_stuck


def test_a_gauge_of_which_the_value_may_stand_still_is_never_stuck() -> None:
    river = follower(stuck_after_s=0)
    river.follow(*[2.0] * 200)
    assert not plausibility.is_stuck(river.gauge, river.state)
    assert not plausibility.is_stuck(gauge(), Follower(gauge(), rule()).state)


def test_the_future_and_what_is_a_week_old_are_refused_and_late_ones_only_kept() -> None:
    river = follower()
    river.settle()
    ahead = GaugeReading(river.now + plausibility.AHEAD_MOST + timedelta(seconds=1), 5.0)
    assert river.take(ahead, river.now) is _V.CLOCK_AHEAD
    assert river.look(river.now) is GaugeTrouble.CLOCK
    old = GaugeReading(river.now - plausibility.LATE_MOST - timedelta(seconds=1), 5.0)
    assert river.take(old, river.now) is _V.TOO_OLD
    before = river.state.last
    assert river.take(GaugeReading(BEGIN + timedelta(minutes=5), 5.0), river.now) is _V.LATE
    assert river.state.last == before


def test_a_gauge_that_sends_only_what_is_long_ago_has_a_wrong_clock() -> None:
    river = follower()
    river.take(GaugeReading(BEGIN, 2.0), BEGIN + timedelta(hours=3))
    assert river.look(river.now) is GaugeTrouble.CLOCK


def test_silence_is_noticed_after_four_intervals_and_of_a_new_gauge_too() -> None:
    river = follower(added_at=BEGIN)
    assert river.look(BEGIN + timedelta(minutes=40)) is None
    assert river.look(BEGIN + timedelta(minutes=41)) is GaugeTrouble.SILENT
    river.settle()
    assert river.look(river.now + timedelta(minutes=30)) is None
    assert river.look(river.now + timedelta(minutes=41)) is GaugeTrouble.SILENT
