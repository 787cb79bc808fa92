"""Test of a point against a shape, made on the device, so that one publish hits exactly the valley."""

from collections.abc import Iterable
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from devices.protocol.messages import Circle, Shape

EARTH_RADIUS_M = 6_371_008.8

LatLon = tuple[float, float]


def contains(shape: Shape, point: LatLon) -> bool:
    """Return whether the point (lat, lon) lies in one of the rings or circles; on an edge counts as inside.

    Rings are plane in degrees, which is exact enough below 100 km and away from the date line.
    """
    return any(within(pairwise(ring), point) for ring in shape.rings) or any(in_circle(c, point) for c in shape.circles)


def distance_m(one: LatLon, other: LatLon) -> float:
    """Return the distance along the great circle."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*one, *other))
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def in_circle(circle: Circle, point: LatLon) -> bool:
    """Return whether the point is no farther from the centre than its radius."""
    return distance_m((circle.lat, circle.lon), point) <= circle.radius_m


def within(edges: Iterable[tuple[LatLon, LatLon]], point: LatLon) -> bool:
    """Apply the even-odd rule to a ring's edges; those that do not span the point's latitude may be left out."""
    lat, lon = point
    is_inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in edges:
        cross = (lon_b - lon_a) * (lat - lat_a) - (lat_b - lat_a) * (lon - lon_a)
        if (
            cross == 0
            and min(lat_a, lat_b) <= lat <= max(lat_a, lat_b)
            and min(lon_a, lon_b) <= lon <= max(lon_a, lon_b)
        ):
            return True
        if (lat_a > lat) != (lat_b > lat) and (cross > 0) == (lat_b > lat_a):
            is_inside = not is_inside
    return is_inside
