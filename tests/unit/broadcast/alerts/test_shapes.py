from __future__ import annotations

from math import cos, degrees, inf, nan, pi, radians, sin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcast.alerts.model import Audience, Disc, Ring
from broadcast.alerts.shapes import RADIUS_MAX_M, inside, shape_problems, wire_shape
from devices.protocol.limits import SHAPE_POINTS_MAX
from devices.protocol.shapes import EARTH_RADIUS_M, contains
from province.areas import Point

GRID = st.tuples(st.integers(-8, 8).map(float), st.integers(-8, 8).map(float))
SQUARE = ((11.0, 108.0), (11.0, 109.0), (12.0, 109.0), (12.0, 108.0), (11.0, 108.0))


def _codes(*rings: tuple[tuple[float, float], ...], discs: tuple[Disc, ...] = ()) -> list[str]:
    return [problem.code for problem in shape_problems(Audience(rings=tuple(map(Ring, rings)), discs=discs))]


def test_a_plain_square_and_disc_can_be_sent() -> None:
    assert _codes(SQUARE, discs=(Disc(11.0, 108.0, 500),)) == []


@pytest.mark.parametrize(
    ("points", "code"),
    [
        (SQUARE[:-1], "RING_OPEN"),
        (SQUARE[:2] + SQUARE[:1], "RING_OPEN"),
        ((), "RING_OPEN"),
        (((11.0, nan), *SQUARE[1:]), "RING_MALFORMED"),
        (((91.0, 108.0), *SQUARE[1:]), "RING_MALFORMED"),
        (((11.0, 181.0), *SQUARE[1:]), "RING_MALFORMED"),
        (((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)), "RING_CROSSED"),
        (((0.0, 0.0), (0.0, 2.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)), "RING_CROSSED"),
        (((0.0, 0.0), (0.0, 1.0), (0.0, 1.0), (0.0, 0.0)), "RING_CROSSED"),
        (((0.0, 0.0), (0.0, 3.0), (1.0, 2.0), (0.0, 1.0), (2.0, 1.0), (0.0, 0.0)), "RING_CROSSED"),
        (((0.0, 1.0), (0.0, 3.0), (2.0, 2.0), (2.0, 1.0), (0.0, 2.0), (0.0, 0.0), (0.0, 1.0)), "RING_CROSSED"),
        (((0.0, 0.0), (0.0, 1.0), (2.0, 1.0), (2.0, 0.0), (0.0, 0.5), (0.0, 0.0)), "RING_CROSSED"),
    ],
)
def test_a_ring_that_is_none_is_named(points: tuple[tuple[float, float], ...], code: str) -> None:
    assert _codes(points) == [code]


def test_a_straight_corner_and_a_point_given_twice_are_no_crossing() -> None:
    assert _codes(((0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 2.0), (1.0, 1.0), (0.0, 0.0))) == []


@pytest.mark.parametrize("disc", [Disc(91.0, 0.0, 5), Disc(0.0, inf, 5), Disc(0.0, 0.0, 0), Disc(0.0, 0.0, 1_000_001)])
def test_a_disc_that_is_none_is_named(disc: Disc) -> None:
    assert _codes(discs=(disc,)) == ["DISC_MALFORMED"]


def test_too_many_parts_and_too_many_points_are_named_at_once() -> None:
    discs = (Disc(0.0, 0.0, 5),) * 21
    ring = tuple((float(i % 2), float(i)) for i in range(SHAPE_POINTS_MAX + 1))
    assert _codes(ring, discs=discs) == ["TOO_MANY", "SHAPE_TOO_FINE"]
    assert _codes(*[SQUARE] * 21) == ["TOO_MANY"]


@given(st.integers(3, 40), st.floats(0.001, 5))
def test_a_ring_around_a_point_is_never_taken_for_a_crossed_one(corners: int, size: float) -> None:
    turns = [2 * pi * corner / corners for corner in range(corners)]
    points = [(11 + size * sin(turn), 108 + size * cos(turn)) for turn in turns]
    ring = Ring((*points, points[0]))
    assert shape_problems(Audience(rings=(ring,))) == []
    assert inside(Audience(rings=(ring,)))(Point(11.0, 108.0))
    assert not inside(Audience(rings=(ring,)))(Point(11 + 2 * size, 108.0))


@given(
    corners=st.lists(GRID, min_size=3, max_size=9, unique=True),
    lat=st.integers(-4, 4).map(float),
    metres=st.integers(1, RADIUS_MAX_M),
    at=st.one_of(GRID, st.tuples(st.floats(-9, 9, allow_subnormal=False), st.floats(-9, 9, allow_subnormal=False))),
)
def test_what_is_asked_of_thousands_is_what_the_device_decides(
    corners: list[tuple[float, float]], lat: float, metres: int, at: tuple[float, float]
) -> None:
    ring = Audience(rings=(Ring((*corners, corners[0])),))
    disc = Audience(discs=(Disc(lat, 0.0, metres),))
    for audience in (ring, disc, Audience(rings=ring.rings, discs=disc.discs)):
        assert inside(audience)(Point(*at)) is contains(wire_shape(audience), at)


@example(lat=0.0, lon=180.0, metres=100_000, north=0.0, east=0.5)
@given(
    lat=st.sampled_from([-90.0, -89.9, -60.0, 0.0, 11.0, 85.0, 90.0]),
    lon=st.sampled_from([-180.0, -179.9, 0.0, 108.0, 180.0]),
    metres=st.integers(1, RADIUS_MAX_M),
    north=st.floats(-1.1, 1.1),
    east=st.floats(-1.1, 1.1),
)
def test_a_disc_anywhere_on_earth_holds_what_the_device_says_it_does(
    lat: float, lon: float, metres: int, north: float, east: float
) -> None:
    """The point lies about as far away as the radius is long; ``lon`` may lie beyond the date line."""
    disc, reach = Audience(discs=(Disc(lat, lon, metres),)), degrees(metres / EARTH_RADIUS_M)
    at_lat = max(-90.0, min(90.0, lat + north * reach))
    at_lon = lon + east * reach / max(0.01, cos(radians(at_lat)))
    at = (at_lat, (at_lon + 180) % 360 - 180)
    assert inside(disc)(Point(*at)) is contains(wire_shape(disc), at)


def test_a_flat_ring_holds_what_lies_on_it() -> None:
    is_inside = inside(Audience(rings=(Ring(((1.0, 0.0), (1.0, 2.0), (1.0, 1.0), (1.0, 0.0))),)))
    assert is_inside(Point(1.0, 1.5))
    assert not is_inside(Point(1.1, 1.5))
