"""Coast behind the maps: cut at the edges of what is drawn, and absent where nothing was set up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from cms.platform.web.coast import land_within
from cms.public.views.map import HEIGHT_MOST, WIDTH, dots
from province.areas import Area, AreaId, Point
from scripts.vendor import REGION, coast

SQUARE = [[(10.0, 107.0), (12.0, 107.0), (12.0, 109.0), (10.0, 109.0), (10.0, 107.0)]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "coast.json"
    path.write_bytes(msgspec.json.encode(SQUARE))
    return path


def test_land_is_cut_at_the_edges_of_the_box(file: Path) -> None:
    (ring,) = land_within(11.0, 108.0, 13.0, 110.0, file)
    assert set(ring) == {(11.0, 108.0), (11.0, 109.0), (12.0, 109.0), (12.0, 108.0)}
    (whole,) = land_within(9.0, 106.0, 13.0, 110.0, file)
    assert set(whole) == set(SQUARE[0])


def test_there_is_no_land_in_the_open_sea_or_before_the_setup(file: Path, tmp_path: Path) -> None:
    assert land_within(13.0, 110.0, 14.0, 111.0, file) == ()
    assert land_within(9.0, 106.0, 13.0, 110.0, tmp_path / "none.json") == ()


def test_the_land_of_a_drawing_reaches_its_edges(file: Path) -> None:
    areas = [
        Area(AreaId(name), name, "ward", None, date(2020, 1, 1), point=Point(lat, lon))
        for name, lat, lon in (("a", 11.2, 108.2), ("b", 11.8, 108.4))
    ]
    drawing = dots(areas, set(), {}, lambda *box: land_within(*box, file))
    assert drawing is not None
    corners = [tuple(map(float, corner.split(","))) for corner in drawing.land[0].split()]
    assert min(x for x, _ in corners) < 0
    assert max(x for x, _ in corners) > WIDTH
    assert min(y for _, y in corners) < 0
    assert HEIGHT_MOST >= drawing.height < max(y for _, y in corners)
    plain = dots(areas, set())
    assert plain is not None
    assert plain.land == []


def test_the_setup_takes_the_land_of_the_region_out_of_a_topology() -> None:
    west, south, east, north = REGION
    # Two arcs around a box: the second one is shared, and so runs backwards.
    arcs = [[[0, 0], [10, 0], [0, 10]], [[0, 0], [0, 10], [10, 0]]]
    topology = {
        "transform": {"scale": [4, 4], "translate": [west - 20, south - 20]},
        "arcs": arcs,
        "objects": {"land": {"geometries": [{"type": "MultiPolygon", "arcs": [[[0, -2]]]}]}},
    }
    (ring,) = coast(topology)
    assert {lat for lat, _ in ring} == {south, north}
    assert {lon for _, lon in ring} == {west, east}
