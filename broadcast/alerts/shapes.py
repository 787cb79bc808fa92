"""Shapes of an audience: validation, and the test whether a point lies inside."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import asin, cos, degrees, isfinite, radians, sin, sqrt

from broadcast.alerts.model import Audience, Ring
from devices.protocol.limits import SHAPE_POINTS_MAX
from devices.protocol.messages import Circle, Shape
from devices.protocol.shapes import EARTH_RADIUS_M, in_circle, within
from province.areas import Point
from province.errors import Problem, problem_if

PARTS_MAX = 20
RING_POINTS_MIN = 4
RADIUS_MAX_M = 1_000_000
_BANDS = 64
_ROUNDING = 1e-9
"""Margin of the boxes around a circle and within it: they must not decide about a point on the very edge."""
_WITHIN = 0.7
"""Half the height of the box within a circle, in radii: about that of its largest square."""
_QUARTER, _ALL_AROUND = 90.0, 180.0

LatLon = tuple[float, float]


def shape_problems(audience: Audience) -> list[Problem]:
    """Return all that is wrong with rings and circles; ``part`` counts from 1."""
    found: list[Problem] = []
    for name, count in (("rings", len(audience.rings)), ("discs", len(audience.discs))):
        found += problem_if(count > PARTS_MAX, name, "TOO_MANY", count=count, max=PARTS_MAX)
    points = sum(len(ring.points) for ring in audience.rings)
    if points > SHAPE_POINTS_MAX:
        # Such a ring is not checked for crossings: it has to be drawn more simply first.
        found.append(Problem("rings", "SHAPE_TOO_FINE", {"points": points, "max": SHAPE_POINTS_MAX}))
    else:
        for part, ring in enumerate(audience.rings, start=1):
            code = _ring_fault(ring)
            found += problem_if(code, "rings", code, part=part)
    for part, disc in enumerate(audience.discs, start=1):
        if not (_is_on_earth((disc.lat, disc.lon)) and 0 < disc.radius_m <= RADIUS_MAX_M):
            found.append(Problem("discs", "DISC_MALFORMED", {"part": part}))
    return found


def inside(audience: Audience) -> Callable[[Point], bool]:
    """Return a test whether a point lies inside the shape, as devices decide it; fast for thousands of points."""
    shape = wire_shape(audience)
    parts = [_Ring(ring).holds for ring in shape.rings] + [_Circle(circle).holds for circle in shape.circles]
    if len(parts) == 1:
        (holds,) = parts
        return lambda point: holds((point.lat, point.lon))

    def is_inside(point: Point) -> bool:
        at = (point.lat, point.lon)
        return any(holds(at) for holds in parts)

    return is_inside


def wire_shape(audience: Audience) -> Shape:
    """Return the shape as it is sent to devices."""
    return Shape(
        rings=[list(ring.points) for ring in audience.rings],
        circles=[Circle(lat=disc.lat, lon=disc.lon, radius_m=disc.radius_m) for disc in audience.discs],
    )


class _Ring:
    """An outline with its edges sorted by latitude: a point is only held against those that span its own."""

    def __init__(self, ring: Sequence[LatLon]) -> None:
        self._south, self._north = min(lat for lat, _ in ring), max(lat for lat, _ in ring)
        self._height = (self._north - self._south) / _BANDS
        self._bands: list[list[tuple[LatLon, LatLon]]] = [[] for _ in range(_BANDS)]
        for edge in pairwise(ring):
            low, high = sorted(self._band(lat) for lat, _ in edge)
            for band in range(low, high + 1):
                self._bands[band].append(edge)

    def holds(self, point: LatLon) -> bool:
        lat = point[0]
        return self._south <= lat <= self._north and within(self._bands[self._band(lat)], point)

    def _band(self, lat: float) -> int:
        return min(_BANDS - 1, int((lat - self._south) / self._height)) if self._height else 0


class _Circle:
    """A circle between a box around it and one within: only points between the two are measured."""

    def __init__(self, circle: Circle) -> None:
        self._circle = circle
        reach = circle.radius_m / EARTH_RADIUS_M
        height, narrowing = reach * _WITHIN, cos(radians(circle.lat))
        # What the height leaves of the radius, as haversines, is the width's.
        left = sin(reach / 2) ** 2 * (1 - _ROUNDING) - sin(height / 2) ** 2
        self._within = degrees(height), degrees(2 * asin(min(1.0, sqrt(left / narrowing))))
        # Around a pole a circle has every longitude.
        width = degrees(asin(min(1.0, sin(reach) / narrowing)))
        self._around = degrees(reach) * (1 + _ROUNDING), width * (1 + _ROUNDING) if width < _QUARTER else _ALL_AROUND

    def holds(self, point: LatLon) -> bool:
        north, east = abs(self._circle.lat - point[0]), abs(self._circle.lon - point[1])
        if east > _ALL_AROUND:
            east = 2 * _ALL_AROUND - east
        if north > self._around[0] or east > self._around[1]:
            return False
        return (north <= self._within[0] and east <= self._within[1]) or in_circle(self._circle, point)


def _ring_fault(ring: Ring) -> str:
    points = ring.points
    if not all(_is_on_earth(point) for point in points):
        return "RING_MALFORMED"
    if len(points) < RING_POINTS_MIN or points[0] != points[-1]:
        return "RING_OPEN"
    edges = [(a, b) for a, b in pairwise(points) if a != b]
    return "RING_CROSSED" if len(edges) < RING_POINTS_MIN - 1 or _crosses_itself(edges) else ""


def _is_on_earth(point: LatLon) -> bool:
    lat, lon = point
    return isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180  # noqa: PLR2004 degrees


def _crosses_itself(edges: list[tuple[LatLon, LatLon]]) -> bool:
    last = len(edges) - 1
    for first, (a, b) in enumerate(edges):
        for second in range(first + 1, len(edges)):
            c, d = edges[second]
            if second == first + 1 or (first == 0 and second == last):
                # Neighbours share a corner; they may only not run back over each other.
                shared, one, other = (b, a, d) if second == first + 1 else (a, b, c)
                if _turn(one, shared, other) == 0 and _dot(one, shared, other) > 0:
                    return True
            elif _meet(a, b, c, d):
                return True
    return False


def _turn(a: LatLon, b: LatLon, c: LatLon) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _dot(one: LatLon, corner: LatLon, other: LatLon) -> float:
    return (one[0] - corner[0]) * (other[0] - corner[0]) + (one[1] - corner[1]) * (other[1] - corner[1])


def _meet(a: LatLon, b: LatLon, c: LatLon, d: LatLon) -> bool:
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = zip(turns, ((a, b, c), (a, b, d), (c, d, a), (c, d, b)), strict=True)
    return any(turn == 0 and _is_between(*three) for turn, three in ends)


def _is_between(a: LatLon, b: LatLon, point: LatLon) -> bool:
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
