"""Outlines of areas for maps, from a GeoJSON file of the operator. Nothing else depends on them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from broadcast.alerts.cap.geometry import LAT_MAX, LON_MAX
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.areas import Area, AreaId, Outline, Point
from province.events import Event
from province.people import Actor

CODE: Final = "code"
ROUGH_DEG: Final = 0.0005
"""Corners that deviate by no more, some 55 m, are left out: they are invisible on a map of a province."""
FAR_DEG: Final = 0.1
"""An outline this far, some 11 km, from its area's own point is of another area: reforms reuse codes."""
_DIGITS: Final = 5
_WGS84: Final = frozenset({"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"})


class UnreadableOutlinesError(ValueError):
    """The file is no collection of outlines; the text says what it should be."""


@dataclass(frozen=True)
class Outlined:
    """Result of an import. ``areas`` have an outline now, of ``corners`` in all; ``repaired``: self-crossing ones.

    ``unknown``: codes of no area in force; ``far``: areas whose point is elsewhere, which were left as they are.
    """

    areas: Sequence[AreaId]
    corners: int
    repaired: int
    unknown: Sequence[str]
    far: Sequence[AreaId]


def outline(units: UowFactory, path: Path, *, code: str = CODE, on: date, now: datetime, by: Actor) -> Outlined:
    """Store the outlines in a file, for the areas in force whose codes it names in the property ``code``.

    What an area had before is replaced; areas that the file does not name keep theirs.

    Raises:
        UnreadableOutlinesError: the file is not valid; the text says why.
        FileNotFoundError: no such file.
    """
    drawn: dict[str, list[BaseGeometry]] = {}
    for name, geometry in _features(path, code):
        drawn.setdefault(name, []).append(geometry)
    with units() as unit:
        done, outlines = _matched(unit, drawn, on)
        if outlines:
            unit[Places].set_outlines(outlines)
            unit.record(Event.of(by, "areas.outlined", path.name, now, outlined=len(outlines)))
            unit.commit()
    return done


def _matched(
    unit: UnitOfWork, drawn: Mapping[str, Sequence[BaseGeometry]], on: date
) -> tuple[Outlined, dict[AreaId, Outline]]:
    known: dict[str, Area] = {}
    for area in unit[Places].tree():
        if area.is_in_force(on):
            known.update(dict.fromkeys((*area.codes.values(), area.id), area))
    found: dict[AreaId, Outline] = {}
    unknown, far, repaired = [], [], 0
    for name, parts in drawn.items():
        if name not in known:
            unknown.append(name)
            continue
        area = known[name]
        whole = shapely.union_all([shapely.make_valid(part) for part in parts])
        if area.point is not None and not _is_near(whole, area.point):
            far.append(area.id)
        else:
            found[area.id] = _rings(whole)
            repaired += not all(part.is_valid for part in parts)
    corners = sum(len(ring) for rings in found.values() for ring in rings)
    return Outlined(sorted(found), corners, repaired, sorted(unknown), sorted(far)), found


def _features(path: Path, code: str) -> Iterator[tuple[str, BaseGeometry]]:
    try:
        collection = json.loads(path.read_bytes())
    except ValueError as error:
        raise UnreadableOutlinesError(f"{path.name} is no JSON: {error}") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise UnreadableOutlinesError(f"{path.name} is no GeoJSON FeatureCollection with features")
    named = ((collection.get("crs") or {}).get("properties") or {}).get("name", "EPSG:4326")
    if named not in _WGS84:
        raise UnreadableOutlinesError(f"{path.name} is in {named}: convert it to degrees, EPSG:4326")
    for number, feature in enumerate(features, 1):
        yield _feature(feature, f"feature {number} of {path.name}", code)


def _feature(feature: Any, where: str, code: str) -> tuple[str, BaseGeometry]:
    properties = (feature.get("properties") if isinstance(feature, dict) else None) or {}
    if code not in properties:
        has = ", ".join(map(str, properties)) or "none"
        raise UnreadableOutlinesError(
            f"{where} has no property {code}; name the one with the area's code (it has {has})"
        )
    try:
        geometry = shape(feature.get("geometry"))
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError):
        raise UnreadableOutlinesError(f"{where} has no geometry that can be read") from None
    if geometry.geom_type not in {"Polygon", "MultiPolygon"} or geometry.is_empty:
        raise UnreadableOutlinesError(f"{where} is a {geometry.geom_type}, not a polygon")
    west, south, east, north = geometry.bounds
    if not (-LON_MAX <= west <= east <= LON_MAX and -LAT_MAX <= south <= north <= LAT_MAX):
        raise UnreadableOutlinesError(f"{where} is not in degrees, longitude first")
    value = properties[code]
    return (f"{value:0{_DIGITS}d}" if isinstance(value, int) else str(value)), geometry


def _is_near(geometry: BaseGeometry, point: Point) -> bool:
    west, south, east, north = geometry.bounds
    return west - FAR_DEG <= point.lon <= east + FAR_DEG and south - FAR_DEG <= point.lat <= north + FAR_DEG


def _rings(geometry: BaseGeometry) -> Outline:
    simple = shapely.simplify(geometry, ROUGH_DEG)
    return [
        [(round(lat, 5), round(lon, 5)) for lon, lat in polygon.exterior.coords[:-1]] for polygon in _polygons([simple])
    ]


def _polygons(geometries: Iterable[BaseGeometry]) -> Iterator[shapely.Polygon]:
    for geometry in geometries:
        if isinstance(geometry, shapely.Polygon):
            yield geometry
        elif hasattr(geometry, "geoms"):
            yield from _polygons(geometry.geoms)
