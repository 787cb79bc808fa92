"""Map of communes as dots before the coast, each linking to its page, named if there is room: without a map service."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from province.areas import Area, AreaId, Outline, Point

WIDTH: Final = 100.0
HEIGHT_MOST: Final = 90.0
RADIUS: Final = 1.5
LETTER: Final = 1.9
"""Average width of a letter of a name; its height is ``LINE``. ``public.css`` sets the size."""
LINE: Final = 3.4
GAP: Final = 1.0
"""Space between a dot and its name."""
_MARGIN: Final = 4.0
_SPAN_MIN_DEG: Final = 0.01
LandWithin = Callable[[float, float, float, float], Iterable[Iterable[tuple[float, float]]]]


class Name(NamedTuple):
    """Position of a commune's name: its start or, to the left of the dot, its end."""

    x: float
    y: float
    is_left: bool


@dataclass(frozen=True)
class Spot:
    """A dot in units of the drawing; ``is_found``: matches the search. ``name`` None: there is no room for it."""

    area: Area
    x: float
    y: float
    is_found: bool
    name: Name | None


@dataclass(frozen=True)
class Drawing:
    """Drawing of the map. ``outlines``: rings of communes as points of an SVG polygon; ``land``: those of the coast."""

    height: float
    spots: Sequence[Spot]
    outlines: Sequence[str]
    land: Sequence[str] = ()


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def hits(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class _Projection:
    """Projection of degrees to units of the drawing, as wide as the page."""

    def __init__(self, points: Collection[Point]) -> None:
        lats, lons = [point.lat for point in points], [point.lon for point in points]
        self._north, self._west = max(lats), min(lons)
        self._squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
        wide, high = max((max(lons) - min(lons)) * self._squeeze, _SPAN_MIN_DEG), max(lats) - min(lats)
        self._scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT_MOST - 2 * _MARGIN) / max(high, _SPAN_MIN_DEG))
        self._left = (WIDTH - wide * self._scale) / 2
        self.height = round(high * self._scale + 2 * _MARGIN, 1)

    def box(self) -> tuple[float, float, float, float]:
        """Return south, west, north and east of the whole drawing, and a little more."""
        beside, above = (self._left + 1) / (self._squeeze * self._scale), (_MARGIN + 1) / self._scale
        south = self._north - (self.height - _MARGIN + 1) / self._scale
        east = self._west + (WIDTH - self._left + 1) / (self._squeeze * self._scale)
        return south, self._west - beside, self._north + above, east

    def ring(self, corners: Iterable[tuple[float, float]]) -> str:
        """Return the corners as points of an SVG polygon."""
        return " ".join("{},{}".format(*self.at(*corner)) for corner in corners)

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        x = self._left + (lon - self._west) * self._squeeze * self._scale
        return round(x, 1), round(_MARGIN + (self._north - lat) * self._scale, 1)


def dots(
    communes: Sequence[Area],
    sought: Collection[AreaId],
    outlines: Mapping[AreaId, Outline] | None = None,
    land_within: LandWithin = lambda *_: (),
) -> Drawing | None:
    """Draw the communes; None if fewer than two have a point, as such a map shows nothing.

    ``land_within`` returns the rings of land between south, west, north and east.
    """
    placed = [(area, area.point) for area in communes if area.point is not None]
    if len(placed) < 2:  # noqa: PLR2004 - a map of one place
        return None
    drawn = [ring for area, _ in placed for ring in (outlines or {}).get(area.id, [])]
    there = _Projection([point for _, point in placed] + [Point(*corner) for ring in drawn for corner in ring])
    spots = [(area, *there.at(point.lat, point.lon)) for area, point in placed]
    names = _names((area, x, y) for area, x, y in spots if area.id in sought)
    return Drawing(
        there.height,
        [Spot(area, x, y, area.id in sought, names.get(area.id)) for area, x, y in spots],
        [there.ring(ring) for ring in drawn],
        [there.ring(ring) for ring in land_within(*there.box())],
    )


def _names(found: Iterable[tuple[Area, float, float]]) -> dict[AreaId, Name]:
    """Place the names beside the dots, preferably towards the middle of the page, none over a dot or another name."""
    spots = list(found)
    taken = [_Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for _, x, y in spots]
    names: dict[AreaId, Name] = {}
    for area, x, y in spots:
        long = LETTER * len(area.name)
        for is_left in sorted((False, True), reverse=x > WIDTH / 2):
            begins = x - RADIUS - GAP if is_left else x + RADIUS + GAP
            box = _Box(
                begins - long if is_left else begins, y - LINE / 2, begins if is_left else begins + long, y + LINE / 2
            )
            if box.left >= 0 and box.right <= WIDTH and not any(box.hits(each) for each in taken):
                taken.append(box)
                names[area.id] = Name(round(begins, 1), round(y + RADIUS * 2 / 3, 1), is_left)
                break
    return names
