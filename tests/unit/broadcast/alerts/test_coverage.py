from math import cos, pi, radians

import numpy as np
import pytest

from bench.drawn_shapes import _in_shape, counted, drawn_shapes
from broadcast.alerts.coverage import Coverage, coverage
from broadcast.alerts.model import Audience, Disc, Ring
from broadcast.alerts.shapes import inside
from devices.protocol.shapes import EARTH_RADIUS_M
from province.areas import Point

DEGREE_M = radians(1) * EARTH_RADIUS_M
SQUARE = [(11.0, 108.0), (11.0, 108.1), (11.1, 108.1), (11.1, 108.0)]
RING = Ring((*SQUARE, SQUARE[0]))
SQUARE_M2 = (0.1 * DEGREE_M) ** 2 * cos(radians(11.05))


def test_agrees_with_points_counted_one_by_one() -> None:
    for shape in drawn_shapes(6, seed=30):
        found, truth = coverage(shape.audience, (), shape.hearing), counted(shape, 160)
        assert found is not None
        assert found.share == pytest.approx(truth.share, abs=0.01)
        assert found.overshoot == pytest.approx(truth.overshoot, abs=0.01)
        assert found.area_m2 == pytest.approx(truth.area_m2, rel=0.01)


def test_the_count_decides_as_devices_do() -> None:
    shape = next(drawn_shapes(3, seed=5))
    lats, lons = np.linspace(10.6, 11.6, 60), np.linspace(107.4, 108.7, 60)
    is_inside = inside(shape.audience)
    for lat in lats:
        assert _in_shape(shape.audience, lat, lons).tolist() == [is_inside(Point(lat, lon)) for lon in lons]


def test_one_circle_within_hearing_of_itself() -> None:
    found = coverage(Audience(discs=(Disc(11.0, 108.0, 400),)), (), [Disc(11.0, 108.0, 200)])
    assert found is not None
    assert found.area_m2 == pytest.approx(pi * 400**2, rel=0.002)
    assert found.share == pytest.approx(0.25, abs=0.002)
    assert found.undershoot == pytest.approx(0.75, abs=0.002)
    assert found.overshoot == pytest.approx(0.0, abs=1e-6)


def test_overlapping_loudspeakers_count_once() -> None:
    one, both = ([Disc(11.05, 108.05, 2_000)] * times for times in (1, 2))
    assert coverage(Audience(rings=(RING,)), (), one) == coverage(Audience(rings=(RING,)), (), both)


def test_a_shape_counts_only_inside_the_outlines_of_its_places() -> None:
    western = [(lat, lon if lon == 108.0 else 108.05) for lat, lon in SQUARE]
    found = coverage(Audience(rings=(RING,)), [[western]], [Disc(11.05, 108.075, 1_000)])
    assert found is not None
    assert found.area_m2 == pytest.approx(SQUARE_M2 / 2, rel=0.002)
    assert found.heard_m2 == pytest.approx(0.0, abs=1.0)
    assert found.overshoot == pytest.approx(1.0)


def test_an_outline_has_holes_and_neighbours_do_not_count_twice() -> None:
    hole = [(11.025, 108.025), (11.025, 108.075), (11.075, 108.075), (11.075, 108.025)]
    beside = [(lat, lon + 0.1) for lat, lon in SQUARE]
    found = coverage(Audience(), [[SQUARE, hole], [beside], [beside]], ())
    assert found is not None
    assert found.area_m2 == pytest.approx(SQUARE_M2 * 1.75, rel=0.002)
    assert (found.heard_m2, found.share, found.overshoot) == (0.0, 0.0, 0.0)


def test_places_without_outline_have_no_known_area() -> None:
    assert coverage(Audience(), (), [Disc(11.0, 108.0, 400)]) is None


def test_an_area_of_no_size_is_covered_by_nobody() -> None:
    assert Coverage(0.0, 0.0, 5.0).share == 0.0
    flat = Ring(((11.0, 108.0), (11.0, 108.1), (11.0, 108.05), (11.0, 108.0)))
    assert coverage(Audience(rings=(flat,)), (), ()) == Coverage(0.0, 0.0, 0.0)
