"""Drawn alert shapes over a province, and their coverage counted point by point: the truth of the alert report.

The count knows nothing of ``broadcast.alerts.coverage``: points are spread evenly over the sphere, the even-odd rule
tells which lie inside a ring, and the distance along the great circle which lie inside a circle, as on devices.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from broadcast.alerts.coverage import Coverage
from broadcast.alerts.model import Audience, Disc, Ring
from devices.protocol.shapes import EARTH_RADIUS_M

_M_A_DEGREE: Final = math.radians(1) * EARTH_RADIUS_M
_RADII_M: Final = (250, 400, 600)
_Floats: TypeAlias = npt.NDArray[np.float64]
_Booleans: TypeAlias = npt.NDArray[np.bool_]
_Test: TypeAlias = Callable[[float, _Floats], _Booleans]


@dataclass(frozen=True, slots=True)
class DrawnShape:
    """Shape with the loudspeakers around it; the last may lie outside."""

    audience: Audience
    hearing: tuple[Disc, ...]


def drawn_shapes(count: int, seed: int) -> Iterator[DrawnShape]:
    """Draw rings, circles and both together, of 1 to 12 km, each with up to 120 loudspeakers."""
    source = random.Random(seed)  # noqa: S311 - a test's dice
    for number in range(count):
        middle = (10.6 + source.random(), 107.4 + 1.3 * source.random())
        size_m = source.uniform(1_000, 12_000)
        audience = drawn_audience(source, middle, size_m, number)
        yield DrawnShape(audience, drawn_hearing(source, middle, size_m * 1.2, source.randint(1, 120)))


def drawn_audience(source: random.Random, middle: tuple[float, float], size_m: float, number: int) -> Audience:
    """Draw a ring, a circle or both about a point, by turns of ``number``."""
    rings = (_ring(source, middle, size_m),) if number % 3 != 1 else ()
    discs = (_disc(source, middle, size_m / 2, round(size_m * source.uniform(0.3, 1))),) if number % 3 else ()
    return Audience(rings=rings, discs=discs)


def drawn_hearing(source: random.Random, middle: tuple[float, float], spread_m: float, count: int) -> tuple[Disc, ...]:
    """Draw places of loudspeakers about a point, each with what lies within its hearing."""
    return tuple(_disc(source, middle, spread_m, source.choice(_RADII_M)) for _ in range(count))


def lies_in(audience: Audience, lat: float, lon: float) -> bool:
    """Return whether a point lies in the shape."""
    return bool(_in_shape(audience, lat, np.array([lon]))[0])


def counted(shape: DrawnShape, side: int) -> Coverage:
    """Count on two grids of ``side`` times ``side`` points, over the shape and over all that is within hearing."""
    in_shape = partial(_in_shape, shape.audience)
    area_m2, heard_m2 = _count(shape.audience, side, in_shape, partial(_in_hearing, shape.hearing))
    if not shape.hearing:
        return Coverage(area_m2, heard_m2, 0.0)
    outside = Audience(discs=shape.hearing)
    all_m2, inside_m2 = _count(outside, side, partial(_in_hearing, shape.hearing), in_shape)
    return Coverage(area_m2, heard_m2, all_m2 - inside_m2)


def _count(box: Audience, side: int, first: _Test, second: _Test) -> tuple[float, float]:
    """Return the area for which the first is true, and both."""
    corners = [point for ring in box.rings for point in ring.points]
    corners += [corner for disc in box.discs for corner in _box(disc)]
    south, north = (math.sin(math.radians(edge([lat for lat, _ in corners]))) for edge in (min, max))
    west, east = (edge([lon for _, lon in corners]) for edge in (min, max))
    cell_m2 = (north - south) / side * math.radians(east - west) / side * EARTH_RADIUS_M**2
    lons = west + (np.arange(side) + 0.5) / side * (east - west)
    one, both = 0, 0
    for row in range(side):
        lat = math.degrees(math.asin(south + (row + 0.5) / side * (north - south)))
        is_first = first(lat, lons)
        one, both = one + int(is_first.sum()), both + int((is_first & second(lat, lons)).sum())
    return one * cell_m2, both * cell_m2


def _in_shape(audience: Audience, lat: float, lons: _Floats) -> _Booleans:
    found = _in_hearing(audience.discs, lat, lons)
    for ring in audience.rings:
        is_inside = np.zeros(len(lons), dtype=bool)
        for (lat_a, lon_a), (lat_b, lon_b) in pairwise(ring.points):
            if (lat_a > lat) != (lat_b > lat):
                is_inside ^= lons < lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
        found |= is_inside
    return found


def _in_hearing(discs: Sequence[Disc], lat: float, lons: _Floats) -> _Booleans:
    near = [disc for disc in discs if abs(disc.lat - lat) * _M_A_DEGREE <= disc.radius_m]
    lat_b, lon_b, radius_m = (
        np.array([(disc.lat, disc.lon, disc.radius_m) for disc in near]).reshape(-1, 3, 1).swapaxes(0, 1)
    )
    north, east = np.sin(np.radians(lat_b - lat) / 2) ** 2, np.sin(np.radians(lons - lon_b) / 2) ** 2
    h = north + math.cos(math.radians(lat)) * np.cos(np.radians(lat_b)) * east
    found: _Booleans = (2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(h)) <= radius_m).any(axis=0)
    return found


def _ring(source: random.Random, middle: tuple[float, float], size_m: float) -> Ring:
    count = source.randint(5, 24)
    # One corner in each sector: the ring goes round its middle and never crosses itself.
    turns = [(number + source.random()) / count * 2 * math.pi for number in range(count)]
    corners = [_moved(middle, turn, size_m * source.uniform(0.4, 1)) for turn in turns]
    return Ring((*corners, corners[0]))


def _disc(source: random.Random, middle: tuple[float, float], spread_m: float, radius_m: int) -> Disc:
    at = _moved(middle, source.random() * 2 * math.pi, spread_m * math.sqrt(source.random()))
    return Disc(*at, radius_m)


def _moved(middle: tuple[float, float], turn: float, by_m: float) -> tuple[float, float]:
    east = by_m / _M_A_DEGREE / math.cos(math.radians(middle[0]))
    return middle[0] + by_m / _M_A_DEGREE * math.sin(turn), middle[1] + east * math.cos(turn)


def _box(disc: Disc) -> Sequence[tuple[float, float]]:
    high = disc.radius_m / _M_A_DEGREE
    wide = high / math.cos(math.radians(disc.lat)) * 1.001
    return [(disc.lat - high, disc.lon - wide), (disc.lat + high, disc.lon + wide)]
