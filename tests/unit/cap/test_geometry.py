from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.geometry import MOST_MENDED, MOST_VERTICES, Shapes, VoronoiCells
from broadcast.alerts.cap.message import CapCircle, Polygon

SQUARE = "11,108 11,109 12,109 12,108 11,108"


def said(*texts: str) -> list[FindingCode]:
    found = Findings()
    shapes = Shapes(found)
    for text in texts:
        shapes.polygon(text, "p")
    shapes.finish()
    return [finding.code for finding in found]


def ring(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{lat:.7f},{lon:.7f}" for lat, lon in [*points, points[0]])


def around(n: int, radius: float) -> list[tuple[float, float]]:
    turns = [2 * math.pi * k / n for k in range(n)]
    return [(11 + radius * math.sin(t), 108 + radius * math.cos(t)) for t in turns]


def spikes(n: int) -> list[tuple[float, float]]:
    """Return a star of thin rays round one point: valid, and the worst case of the check."""
    far, near = around(n, 1.0), around(n, 0.01)
    return [far[k] if k % 2 else near[k] for k in range(n)]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_coordinates_are_the_numbers_that_were_written(lat: float, lon: float) -> None:
    plain, spelt = f"{lat!r},{lon!r}", f"{lat!r},{'' if math.copysign(1, lon) < 0 else '+'}{lon!r}"
    for corner in (plain, spelt):
        polygon = Shapes(Findings()).polygon(f"{corner} 1,2 3,4 {corner}", "p")
        assert polygon is not None
        assert polygon.points[0] == (lat, lon)


def test_a_ring_is_read_in_the_order_lat_lon() -> None:
    found = Findings()
    assert Shapes(found).polygon(SQUARE, "p") == Polygon(((11, 108), (11, 109), (12, 109), (12, 108), (11, 108)))


@pytest.mark.parametrize(
    "text", [SQUARE, SQUARE.replace(" ", "\n\t"), "0,0 0,1 1e0,1 -0,0", "+11,108 11,109 12,109 11,108"]
)
def test_good_rings_are_taken(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1",
        "1,2,3 1,2",
        ", , , ,",
        "1, 2",
        "nan,1 1,1 1,2 nan,1",
        "1_0,1 1,1 1,2 1_0,1",
        "１,1 1,1 1,2 １,1",
        "1e999,0 1,1 1,2 1e999,0",
        "e,e 1,1 1,2 e,e",
        "1,,2 3 4,5 6,7",
    ],
)
def test_what_is_no_list_of_pairs_is_left_out(text: str) -> None:
    assert said(text) == [FindingCode.BAD_POLYGON]


def test_all_that_is_wrong_with_a_ring_is_said_at_once() -> None:
    assert said("108,11 108,12 109,11") == [
        FindingCode.POLYGON_TOO_SHORT,
        FindingCode.POLYGON_OPEN,
        FindingCode.SWAPPED,
    ]


def test_of_several_rings_the_crossing_one_is_named() -> None:
    found = Findings()
    shapes = Shapes(found)
    for at, text in enumerate((SQUARE, "1,1 1,1 1,1 1,1", "0,0 1,1 1,0 0,1 0,0", SQUARE)):
        shapes.polygon(text, f"p{at}")
    shapes.finish()
    assert {(finding.code, finding.path) for finding in found} == {
        (FindingCode.POLYGON_CROSSES, "p1"),
        (FindingCode.POLYGON_CROSSES, "p2"),
    }


def mended(text: str) -> tuple[Polygon, ...] | None:
    """Return the polygons that replace this one; None where it stays."""
    shapes = Shapes(Findings())
    polygon = shapes.polygon(text, "p")
    shapes.finish()
    assert polygon is not None
    return shapes.mended.get(polygon)


def test_an_open_ring_is_closed() -> None:
    found = Findings()
    polygon = Shapes(found).polygon("11,108 11,109 12,109 12,108", "p")
    assert polygon == Polygon(((11, 108), (11, 109), (12, 109), (12, 108), (11, 108)))
    assert [finding.code for finding in found] == [FindingCode.POLYGON_OPEN]


def test_a_crossing_ring_becomes_the_simple_rings_it_is_made_of() -> None:
    parts = mended("0,0 1,1 1,0 0,1 0,0")
    assert parts is not None
    assert [set(part.points) for part in parts] == [{(0.5, 0.5), (1, 1), (1, 0)}, {(0, 0), (0, 1), (0.5, 0.5)}]


def test_a_spike_of_one_vertex_is_cut_off() -> None:
    assert mended("0,0 0,2 5,2 0,2 2,2 2,0 0,0") is not None
    (part,) = mended("0,0 0,1 0,5 0,1 1,1 1,0 0,0") or ()
    assert set(part.points) == {(0, 0), (0, 1), (1, 1), (1, 0)}


def test_a_ring_without_an_inside_or_with_too_many_crossings_is_left_out() -> None:
    assert mended("1,1 1,1 1,1 1,1") == ()
    tangled = [(11 + (k * 7 % 50) / 50, 108 + (k * 29 % 50) / 50) for k in range(50)]
    assert mended(ring(tangled)) == ()


def test_only_some_of_very_many_crossing_rings_are_mended() -> None:
    shapes = Shapes(Findings())
    for at in range(MOST_MENDED + 1):
        shapes.polygon(f"{at},0 {at}.5,1 {at}.5,0 {at},1 {at},0", f"p{at}")
    shapes.finish()
    assert [bool(parts) for parts in shapes.mended.values()] == [True] * MOST_MENDED + [False]


@pytest.mark.parametrize(
    ("text", "corner"),
    [
        ("10,180.005 11,179 12,179 10,180.005", (10, 180)),
        ("-90.01,0 -89,1 -89,2 -90.01,0", (-90, 0)),
        ("10,-180.01 11,-179 12,-179 10,-180.01", (10, -180)),
    ],
)
def test_a_coordinate_a_hair_beyond_the_world_is_its_edge(text: str, corner: tuple[float, float]) -> None:
    found = Findings()
    polygon = Shapes(found).polygon(text, "p")
    assert polygon is not None
    assert polygon.points[0] == corner
    assert [finding.code for finding in found] == [FindingCode.CLAMPED]


def test_what_lies_further_beyond_is_refused() -> None:
    assert said("10,180.02 11,179 12,179 10,180.02") == [FindingCode.OUT_OF_RANGE]
    assert said("91,180.005 11,179 12,179 91,180.005") == [FindingCode.CLAMPED, FindingCode.OUT_OF_RANGE]


def test_six_thousand_vertices_are_ordinary() -> None:
    assert said(ring(around(6_000, 1.0))) == []


def test_vertices_are_counted_over_the_whole_message() -> None:
    text = ring(around(MOST_VERTICES // 3, 1.0))
    assert said(text, text) == []
    assert said(text, text, text) == [FindingCode.POLYGON_TOO_COMPLEX]


def test_a_star_is_taken_while_it_can_be_checked_in_time_and_refused_beyond() -> None:
    assert said(ring(spikes(400))) == []
    assert said(ring(spikes(6_000))) == [FindingCode.POLYGON_TOO_COMPLEX]
    assert FindingCode.POLYGON_TOO_COMPLEX in said(*[ring(spikes(1_500))] * 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11,108 0", []),
        (" 11.5,108.5   2.5 ", []),
        ("11,108", [FindingCode.BAD_CIRCLE]),
        ("11 108 5", [FindingCode.BAD_CIRCLE]),
        ("11,108 5km", [FindingCode.BAD_CIRCLE]),
        ("11,108 inf", [FindingCode.BAD_CIRCLE]),
        ("11,108 -1", [FindingCode.NEGATIVE_RADIUS]),
        ("108,11 -1", [FindingCode.NEGATIVE_RADIUS, FindingCode.SWAPPED]),
        ("111,208 1", [FindingCode.OUT_OF_RANGE]),
        ("11,180.02 1", [FindingCode.OUT_OF_RANGE]),
    ],
)
def test_a_circle_is_a_point_and_a_radius(text: str, expected: list[FindingCode]) -> None:
    found = Findings()
    shape = Shapes(found).circle(text, "c")
    assert [finding.code for finding in found] == expected
    assert (shape is None) == bool(expected)


# Three places in a row, about 11 km apart, and one far away.
CELLS = VoronoiCells([(11.0, 108.0), (11.0, 108.1), (11.0, 108.2), (12.0, 108.0)], reach_km=20)


def test_the_ground_of_a_point_ends_half_way_to_its_neighbour() -> None:
    assert CELLS.touched([], [CapCircle(11.0, 108.04, 0)]) == [0]
    assert CELLS.touched([], [CapCircle(11.0, 108.06, 0)]) == [1]
    assert CELLS.touched([], [CapCircle(11.0, 108.05, 2)]) == [0, 1]


def test_the_ground_of_a_point_ends_at_its_reach() -> None:
    assert CELLS.touched([], [CapCircle(11.9, 108.0, 0)]) == [3]
    assert CELLS.touched([], [CapCircle(11.5, 108.0, 0)]) == []


def test_a_polygon_touches_every_ground_it_meets() -> None:
    wide = Polygon(((10.9, 107.9), (10.9, 108.3), (11.05, 108.3), (11.05, 107.9), (10.9, 107.9)))
    assert CELLS.touched([wide], []) == [0, 1, 2]


def test_two_places_at_one_point_share_its_ground() -> None:
    assert VoronoiCells([(11.0, 108.0), (11.0, 108.0)], 5).touched([], [CapCircle(11.0, 108.0, 1)]) == [0, 1]


def test_without_places_nothing_is_touched() -> None:
    assert VoronoiCells([], 20).touched([], [CapCircle(11, 108, 5)]) == []
