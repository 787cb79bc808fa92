from __future__ import annotations

import re

import pytest

from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import InRound, RoundState
from cms.alerts import labels
from cms.alerts.queries.reaches import AreaReach
from cms.alerts.views import plot, wide_areas
from province.areas import AreaId

S, N = ReachState, RoundState


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({N.WAITING: 3}, N.WAITING),
        ({N.WAITING: 2, N.DONE: 1}, N.WAITING),
        ({N.WAITING: 1, N.DONE: 1}, N.DONE),
        ({N.SILENT: 3, N.DONE: 1}, N.SILENT),
        ({N.SOUNDING: 2, N.RECEIVED: 3}, N.RECEIVED),
        ({N.REFUSED: 1}, N.REFUSED),
    ],
)
def test_a_commune_is_coloured_by_what_most_say_and_by_silence_where_most_say_nothing(
    counts: dict[RoundState, int], state: RoundState
) -> None:
    assert wide_areas.state_of(counts) is state


def test_figures_add_up_and_the_mark_tells_one_state_from_the_next() -> None:
    states = {S.WAITING: 1, S.SOUNDING: 2}
    boards = {S.DONE: 1, S.WAITING: 1}
    in_round = {InRound.SOUNDING: 1, InRound.LOST: 1, InRound.NOT_BEGUN: 1}
    standing = {N.WAITING: 1, N.SOUNDING: 1, N.LOST: 1}
    one = AreaReach(AreaId("a"), "A", states, 1, 0, 0, boards, 0, standing, in_round)
    states = {S.REFUSED: 1, S.DONE: 4, S.SILENT: 1, S.CANCELLED: 1}
    standing = {N.REFUSED: 1, N.SOUNDING: 3, N.DONE: 1, N.SILENT: 1, N.CANCELLED: 1}
    two = AreaReach(AreaId("b"), "B", states, 2, 1, 1, {}, 2, standing, {InRound.SOUNDING: 3, InRound.DONE: 1})
    found = wide_areas.far([one, two])
    assert found.whole == wide_areas.LoudspeakerCounts(10, 7, 4, 4, 1, 2, 2, 1, 3, 1, 1, 2, 1, 1)
    assert found.in_round == {InRound.SOUNDING: 4, InRound.LOST: 1, InRound.NOT_BEGUN: 1, InRound.DONE: 1}
    assert wide_areas.far([]).whole == wide_areas.LoudspeakerCounts()
    assert found.mark == wide_areas.far([one, two]).mark
    assert found.mark != wide_areas.far([one]).mark


def test_a_bar_is_as_wide_as_its_parts_together_and_nothing_without_devices() -> None:
    parts = wide_areas.bar({N.DONE: 1, N.WAITING: 1, N.REFUSED: 2})
    assert [(part.state, part.x, part.width) for part in parts] == [
        (N.DONE, 0.0, 25.0),
        (N.WAITING, 25.0, 25.0),
        (N.REFUSED, 50.0, 50.0),
    ]
    assert wide_areas.bar({}) == ()


def test_every_state_of_a_device_has_a_word_and_a_sign_besides_its_colour() -> None:
    assert set(labels.REACH) == set(labels.REACH_SIGN) == set(RoundState)
    assert set(ReachState) < set(RoundState)


def test_a_line_rises_with_every_one_that_came_and_ends_at_now() -> None:
    drawn = str(plot.lines_over_time({"received": [1.0, 1.0, 5.0]}, 4, 8.0, "Loa <đã nhận>"))
    points = [tuple(map(float, each.split(","))) for each in re.search(r'points="([^"]+)"', drawn).group(1).split()]  # type: ignore[union-attr]
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    bottom, top = plot._y(0), plot._y(0.75)
    assert (points[0][1], points[-1][1]) == (bottom, top)
    assert points[-1][0] == plot._x(8.0, 10.0)
    assert "Loa &lt;đã nhận&gt;" in drawn
    assert "style=" not in drawn


def test_a_province_of_answers_is_drawn_with_some_hundred_corners() -> None:
    drawn = str(plot.lines_over_time({"done": [n / 1000 for n in range(10_000)]}, 10_000, 10.0, ""))
    assert drawn.count(",") < 2 * plot.WIDTH + 10


@pytest.mark.parametrize(("second", "said"), [(0, "0 s"), (30, "30 s"), (90, "1′30"), (5400, "1 h 30")])
def test_the_axis_says_seconds_minutes_and_hours(second: float, said: str) -> None:
    assert plot._clock(second) == said


def test_bars_share_the_scale_of_their_pair_and_a_first_time_has_one() -> None:
    bar = plot.Bar("Trả lời", 50.0, None, "50 %", "", 100.0)
    assert str(plot.bars([bar], "x")).count("<rect") == 1
    pair = plot.Bar("Đến lúc kêu", 1.0, 2.0, "1 s", "2 s")
    widths = [float(w) for w in re.findall(r'width="([\d.]+)" height="14"', str(plot.bars([pair], "x")))]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)
