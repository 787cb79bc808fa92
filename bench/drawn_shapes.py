"""Drawn alert shapes over a province, and their coverage counted point by point: the truth of the alert report.

The count knows nothing of ``broadcast.alerts.coverage``: points are spread evenly over the sphere, whether one lies
inside is decided as devices decide it, and whether it is within hearing by the distance along the great circle.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from broadcast.alerts.coverage import Coverage
from broadcast.alerts.model import Audience, Disc, Ring
from broadcast.alerts.shapes import inside
from devices.protocol.shapes import EARTH_RADIUS_M, distance_m
from province.areas import Point

_M_A_DEGREE: Final = math.radians(1) * EARTH_RADIUS_M
_RADII_M: Final = (250, 400, 600)


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
        rings = (_ring(source, middle, size_m),) if number % 3 != 1 else ()
        discs = (_disc(source, middle, size_m / 2, round(size_m * source.uniform(0.3, 1))),) if number % 3 else ()
        hearing = tuple(
            _disc(source, middle, size_m * 1.2, source.choice(_RADII_M)) for _ in range(source.randint(1, 120))
        )
        yield DrawnShape(Audience(rings=rings, discs=discs), hearing)


def counted(shape: DrawnShape, points: int) -> Coverage:
    """Count on a grid of about so many points over shape and hearing."""
    discs = [*shape.audience.discs, *shape.hearing]
    corners = [point for ring in shape.audience.rings for point in ring.points]
    corners += [corner for disc in discs for corner in _box(disc)]
    south, north = (math.sin(math.radians(edge([lat for lat, _ in corners]))) for edge in (min, max))
    west, east = (edge([lon for _, lon in corners]) for edge in (min, max))
    side = math.isqrt(points)
    cell_m2 = (north - south) / side * math.radians(east - west) / side * EARTH_RADIUS_M**2
    is_inside, area, heard, outside = inside(shape.audience), 0, 0, 0
    for row in range(side):
        lat = math.degrees(math.asin(south + (row + 0.5) / side * (north - south)))
        near = [disc for disc in shape.hearing if abs(disc.lat - lat) * _M_A_DEGREE <= disc.radius_m * 1.01]
        for column in range(side):
            at = (lat, west + (column + 0.5) / side * (east - west))
            is_in = is_inside(Point(*at))
            is_heard = any(distance_m(at, (disc.lat, disc.lon)) <= disc.radius_m for disc in near)
            area, heard, outside = area + is_in, heard + (is_in and is_heard), outside + (is_heard and not is_in)
    return Coverage(area * cell_m2, heard * cell_m2, outside * cell_m2)


def _ring(source: random.Random, middle: tuple[float, float], size_m: float) -> Ring:
    turns = sorted(source.random() * 2 * math.pi for _ in range(source.randint(4, 24)))
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
