"""``loa areas boundaries``: outlines from the operator's own file, and the messages about unusable ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cms.areas.repository import Places
from province.areas import AreaId
from tests.integration.cli.test_commands import Terminal

MUI_NE, HAM_TIEN = AreaId("bt23-22915"), AreaId("bt23-22918")
Ring = list[tuple[float, float]]


def square(lon: float, lat: float, side: float = 0.02) -> Ring:
    """Return a closed square around a place; longitude first, as GeoJSON has it."""
    half = side / 2
    corners = [(lon - half, lat - half), (lon + half, lat - half), (lon + half, lat + half), (lon - half, lat + half)]
    return [*corners, corners[0]]


def feature(code: object, *rings: Ring, kind: str = "Polygon") -> dict[str, object]:
    coordinates: object = [[ring] for ring in rings] if kind == "MultiPolygon" else list(rings)
    return {"type": "Feature", "properties": {"ma": code}, "geometry": {"type": kind, "coordinates": coordinates}}


def saved(folder: Path, *features: object, **more: object) -> str:
    path = folder / "xa.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}))
    return str(path)


def place(terminal: Terminal, area_id: AreaId) -> tuple[float, float]:
    with terminal.units() as unit:
        point = unit[Places].tree().get(area_id).point
    assert point is not None
    return point.lon, point.lat


def test_areas_have_the_outlines_of_a_file_by_their_codes(terminal: Terminal, tmp_path: Path) -> None:
    here, there = place(terminal, MUI_NE), place(terminal, HAM_TIEN)
    bow_tie = [
        there,
        (there[0] + 0.02, there[1] + 0.02),
        (there[0] + 0.02, there[1]),
        (there[0], there[1] + 0.02),
        there,
    ]
    island = square(here[0] + 0.05, here[1])
    path = saved(tmp_path, feature(22915, square(*here), island, kind="MultiPolygon"), feature("22918", bow_tie))
    output = terminal.ok("areas", "boundaries", path, "--code", "ma")
    assert output == ["2 areas have an outline, of 14 corners; 1 were repaired"]
    with terminal.units() as unit:
        outlines = unit[Places].outlines()
    assert sorted(map(len, outlines[MUI_NE])) == [4, 4]
    lat, lon = outlines[MUI_NE][0][0]
    assert (abs(lat - here[1]) < 0.1, abs(lon - here[0]) < 0.1) == (True, True)
    assert "areas.outlined" in terminal.events()


def test_another_file_replaces_what_it_names_and_leaves_the_rest(terminal: Terminal, tmp_path: Path) -> None:
    here, there = place(terminal, MUI_NE), place(terminal, HAM_TIEN)
    terminal.ok(
        *("areas", "boundaries", saved(tmp_path, feature("22915", square(*here)), feature("22918", square(*there)))),
        *("--code", "ma"),
    )
    halves = [feature("22915", square(here[0] + shift, here[1])) for shift in (-0.01, 0.01)]
    terminal.ok("areas", "boundaries", saved(tmp_path, *halves), "--code", "ma")
    with terminal.units() as unit:
        outlines = unit[Places].outlines()
    assert {area_id: len(rings) for area_id, rings in outlines.items()} == {MUI_NE: 1, HAM_TIEN: 1}
    lons = [lon for _, lon in outlines[MUI_NE][0]]
    assert max(lons) - min(lons) == pytest.approx(0.04, abs=0.001)


def test_what_belongs_to_nobody_here_or_lies_elsewhere_is_told_and_left(terminal: Terminal, tmp_path: Path) -> None:
    path = saved(tmp_path, feature("99999", square(108, 11)), feature("22915", square(105.8, 21.0)))
    assert terminal.ok("areas", "boundaries", path, "--code", "ma") == [
        "0 areas have an outline, of 0 corners; 0 were repaired",
        "no area in force has the code 99999",
        f"left as they were, for their own point lies elsewhere: {MUI_NE}",
    ]
    assert "areas.outlined" not in terminal.events()


@pytest.mark.parametrize(
    ("features", "more", "problem"),
    [
        ([], {}, "no GeoJSON FeatureCollection"),
        ([{"type": "Feature", "geometry": None, "properties": {"name": "x"}}], {}, "no property ma"),
        ([None], {}, "no property ma"),
        ([{"properties": {"ma": "1"}, "geometry": None}], {}, "no geometry"),
        ([{"properties": {"ma": "1"}, "geometry": {"type": "Point", "coordinates": [108, 11]}}], {}, "not a polygon"),
        ([feature("22915", square(1_200_000, 450_000))], {}, "not in degrees"),
        (
            [feature("22915", square(108, 11))],
            {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9210"}}},
            "convert it to degrees",
        ),
    ],
)
def test_a_file_that_will_not_do_is_refused_with_the_reason(
    features: list[object], more: dict[str, object], problem: str, terminal: Terminal, tmp_path: Path
) -> None:
    assert problem in terminal.refused("areas", "boundaries", saved(tmp_path, *features, **more), "--code", "ma")


def test_what_is_no_json_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "x.geojson").write_text("Mũi Né")
    assert "is no JSON" in terminal.refused("areas", "boundaries", str(tmp_path / "x.geojson"))
