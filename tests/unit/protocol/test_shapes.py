"""Point-in-shape test, compared with shapely where the two mean the same."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from devices.protocol.messages import Circle, Shape
from devices.protocol.shapes import EARTH_RADIUS_M, LatLon, contains, distance_m

SQUARE = [(10.0, 108.0), (10.0, 109.0), (11.0, 109.0), (11.0, 108.0), (10.0, 108.0)]

# On a grid every product is exact, so that edges and corners are met as often as the open land between.
GRID = st.tuples(st.integers(-8, 8).map(float), st.integers(-8, 8).map(float))
LAND = st.tuples(st.floats(8, 24, allow_subnormal=False), st.floats(102, 110, allow_subnormal=False))


def star(points: list[LatLon]) -> list[LatLon]:
    """Sort the points by their angle around their middle: hardly ever a ring that crosses itself."""
    middle_lat = sum(lat for lat, _ in points) / len(points)
    middle_lon = sum(lon for _, lon in points) / len(points)
    return sorted(points, key=lambda point: math.atan2(point[0] - middle_lat, point[1] - middle_lon))


def closed(points: list[LatLon]) -> list[LatLon]:
    return [*points, points[0]]


# Of any order only the shortest: nine points in any order cross themselves 99 times in 100.
GRID_RINGS = st.lists(GRID, min_size=3, max_size=4, unique=True) | st.lists(
    GRID, min_size=3, max_size=9, unique=True
).map(star)


@given(points=GRID_RINGS, point=GRID)
def test_a_point_on_the_grid_is_inside_a_ring_as_shapely_says(points: list[LatLon], point: LatLon) -> None:
    polygon = Polygon(points)
    assume(polygon.is_valid)
    assert contains(Shape(rings=[closed(points)]), point) is polygon.covers(Point(point))


@given(points=st.lists(LAND, min_size=3, max_size=12, unique=True).map(star), point=LAND)
def test_a_point_in_the_country_is_inside_a_ring_as_shapely_says(points: list[LatLon], point: LatLon) -> None:
    polygon = Polygon(points)
    assume(polygon.is_valid)
    assume(polygon.boundary.distance(Point(point)) > 1e-9)
    assert contains(Shape(rings=[closed(points)]), point) is polygon.covers(Point(point))


@given(points=st.lists(GRID, min_size=3, max_size=9, unique=True), place=st.integers(0, 8))
def test_every_corner_and_every_middle_of_an_edge_is_inside(points: list[LatLon], place: int) -> None:
    ring = closed(points)
    (lat_a, lon_a), (lat_b, lon_b) = list(pairwise(ring))[place % len(points)]
    for point in [(lat_a, lon_a), ((lat_a + lat_b) / 2, (lon_a + lon_b) / 2)]:
        assert contains(Shape(rings=[ring]), point)


@given(points=st.lists(GRID, min_size=3, max_size=9, unique=True), point=GRID, turn=st.integers(0, 8))
def test_where_a_ring_begins_and_which_way_it_goes_changes_nothing(
    points: list[LatLon], point: LatLon, turn: int
) -> None:
    place = turn % len(points)
    turned = points[place:] + points[:place]
    expected = contains(Shape(rings=[closed(points)]), point)
    assert contains(Shape(rings=[closed(turned)]), point) is expected
    assert contains(Shape(rings=[closed(turned[::-1])]), point) is expected


def test_a_shape_is_the_union_of_its_parts() -> None:
    shape = Shape(rings=[SQUARE], circles=[Circle(lat=20, lon=105, radius_m=1_000)])
    assert contains(shape, (10.5, 108.5))
    assert contains(shape, (20.0, 105.0))
    assert not contains(shape, (15.0, 108.5))


def test_an_empty_shape_holds_nothing() -> None:
    assert not contains(Shape(), (10.5, 108.5))


def test_a_circle_ends_at_its_radius() -> None:
    """One degree of a great circle is pi R / 180."""
    degree_m = 111_195.08
    assert distance_m((0, 0), (0, 1)) == pytest.approx(degree_m, abs=0.01)
    assert distance_m((0, 0), (1, 0)) == pytest.approx(degree_m, abs=0.01)
    assert distance_m((10, 0), (10, 180)) == pytest.approx(160 * degree_m, rel=1e-6)
    assert contains(Shape(circles=[Circle(lat=0, lon=0, radius_m=111_196)]), (0, 1))
    assert not contains(Shape(circles=[Circle(lat=0, lon=0, radius_m=111_195)]), (0, 1))


@given(one=LAND, other=LAND)
def test_a_distance_is_the_same_both_ways_and_at_most_half_the_globe(one: LatLon, other: LatLon) -> None:
    there = distance_m(one, other)
    assert there == pytest.approx(distance_m(other, one), abs=1e-6)
    assert 0 <= there <= EARTH_RADIUS_M * 3.1416
