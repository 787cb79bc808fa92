from __future__ import annotations

from datetime import date

import pytest

from cms.areas.service.data_sets import DataSet, Unit, distance_km
from cms.areas.service.reform import SuccessorArea, choose_heir, succession
from province.areas import AreaId, Point

OLD = DataSet(
    "old",
    "o",
    date(2000, 1, 1),
    [
        Unit("p", "P", "province", None, None),
        Unit("d", "D", "district", "p", None),
        Unit("1", "1", "commune", "d", None),
        Unit("2", "2", "commune", "d", None),
        Unit("3", "3", "commune", "p", None),
    ],
)
WIDE, SMALL = Point(11.0, 108.0), Point(11.0, 108.3)
NEW = DataSet(
    "new",
    "n",
    date(2025, 7, 1),
    [
        Unit("q", "Q", "province", None, None),
        Unit("7", "7", "commune", "q", WIDE, 800.0, ("1", "2")),
        Unit("8", "8", "commune", "q", SMALL, 50.0, ("2", "elsewhere")),
        Unit("9", "9", "commune", "q", None, 10.0, ("elsewhere",)),
    ],
)
RULE = succession(OLD, NEW)
W, S = AreaId("n-7"), AreaId("n-8")


def test_predecessors_are_those_of_the_old_data_set() -> None:
    assert RULE.predecessors == {"n-7": ("o-1", "o-2"), "n-8": ("o-2",)}


def test_a_districts_heirs_are_those_of_its_communes() -> None:
    assert RULE.heirs == {"o-1": (W,), "o-2": (W, S), "o-3": (), "o-d": (W, S), "o-p": (W, S)}


def test_an_only_heir_is_sure() -> None:
    assert choose_heir([S], RULE.units, None) == SuccessorArea(S, is_sure=True)


def test_without_a_point_the_first_is_guessed() -> None:
    assert choose_heir([W, S], RULE.units, None) == SuccessorArea(W, is_sure=False)


@pytest.mark.parametrize(
    ("point", "heir"),
    [(WIDE, W), (SMALL, S), (Point(11.0, 108.2), W), (Point(11.0, 108.27), S)],
)
def test_of_several_the_nearest_for_its_size_is_chosen(point: Point, heir: AreaId) -> None:
    assert choose_heir([W, S], RULE.units, point) == SuccessorArea(heir, is_sure=False)


def test_a_unit_without_a_point_is_chosen_last() -> None:
    assert choose_heir([AreaId("n-9"), S], RULE.units, WIDE).area_id == S


def test_distances_are_in_km() -> None:
    assert distance_km(Point(11.0, 108.0), Point(12.0, 108.0)) == pytest.approx(111.2, rel=0.001)
    assert distance_km(Point(11.0, 108.0), Point(11.0, 109.0)) == pytest.approx(109.15, rel=0.002)


def test_a_unit_of_unknown_size_counts_as_one_km() -> None:
    assert Unit("x", "X", "commune", None, None).radius_km == 1.0
