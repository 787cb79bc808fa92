"""Clusters of map points that would lie over each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from devices.model import DeviceId
from province.areas import Point

WORLD_DEG: Final = 360.0
TILE_PX: Final = 256
APART_PX: Final = 44
"""A thumb's width."""
ZOOM_MAX: Final = 17


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A device on the map. ``is_heard``: it is connected, and no fault keeps it from speaking."""

    device_id: DeviceId
    name: str
    point: Point
    is_heard: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cluster. ``point``: its middle; ``away``: devices not heard; ``only``: its device, if it has one alone."""

    point: Point
    count: int
    away: int
    only: MapPoint | None


def clusters(posts: Iterable[MapPoint], zoom: int) -> list[Cluster]:
    """Group posts by squares of the map at that zoom (0: the world in 256 pixels), from the south-west.

    From the last zoom on, only devices at the very same place are grouped.
    """
    side_deg = WORLD_DEG / (TILE_PX * 2 ** min(zoom, ZOOM_MAX)) * APART_PX if zoom < ZOOM_MAX else 1e-6
    squares: dict[tuple[int, int], list[MapPoint]] = {}
    for post in posts:
        square = (int(post.point.lat // side_deg), int(post.point.lon // side_deg))
        squares.setdefault(square, []).append(post)
    return [_cluster(squares[square]) for square in sorted(squares)]


def _cluster(posts: list[MapPoint]) -> Cluster:
    middle = Point(
        round(sum(each.point.lat for each in posts) / len(posts), 6),
        round(sum(each.point.lon for each in posts) / len(posts), 6),
    )
    away = sum(not each.is_heard for each in posts)
    return Cluster(middle, len(posts), away, posts[0] if len(posts) == 1 else None)
