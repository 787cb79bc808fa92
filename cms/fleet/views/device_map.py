"""Map of devices: states on a map of deliveries, and clusters computed by the server for each zoom."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, jsonify

from broadcast.bulletins.deliveries import DeliveryState
from cms.alerts.queries.ladder import DeliveryRung
from cms.fleet.queries.overview import points
from cms.platform.store.uow import UnitOfWork
from devices.clusters import ZOOM_MAX, MapPoint, clusters
from province.areas import AreaId, AreaTree, Point

WIDTH, HEIGHT, MARGIN = 100.0, 60.0, 5.0
# Up to this many devices each is a dot; beyond it, each area is one.
DEVICE_DOTS_MAX = 400
# A few devices at one crossroads still need room between them: the drawing spans at least this many degrees.
_SPAN_MIN_DEG = 0.01
_DEVICE_RADIUS = 1.4
_AREA_RADIUS_MAX = 2.6


@dataclass(frozen=True)
class Dot:
    """A dot in units of the drawing; ``title`` is shown on hover."""

    x: float
    y: float
    radius: float
    state: DeliveryState
    title: str


@dataclass(frozen=True)
class _Placed:
    point: Point
    radius: float
    state: DeliveryState
    title: str


def device_dots(uow: UnitOfWork, rungs: Sequence[DeliveryRung]) -> list[Dot]:
    """Return the devices' dots, the worst states last, so that they are drawn on top."""
    where = points(uow.session, [rung.device_id for rung in rungs])
    return _drawn(
        _Placed(where[rung.device_id], _DEVICE_RADIUS, rung.state, rung.device_name)
        for rung in rungs
        if rung.device_id in where
    )


def area_dots(tree: AreaTree, counts: Mapping[AreaId, Mapping[DeliveryState, int]]) -> list[Dot]:
    """Return one dot an area: in the state of most of its devices, and larger the more it has."""
    most = max((sum(states.values()) for states in counts.values()), default=1)
    placed = []
    for area_id, states in counts.items():
        point, total = tree.get(area_id).point, sum(states.values())
        if point is not None and total:
            radius = _AREA_RADIUS_MAX * math.sqrt(total / most)
            placed.append(_Placed(point, radius, max(states, key=lambda s: states[s]), tree.get(area_id).name))
    return _drawn(placed)


def _drawn(found: Iterable[_Placed]) -> list[Dot]:
    placed = sorted(found, key=lambda each: _ORDER[each.state])
    if not placed:
        return []
    lats = [each.point.lat for each in placed]
    lons = [each.point.lon for each in placed]
    middle_lat, middle_lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    squeeze = math.cos(math.radians(middle_lat))
    span = max(
        (max(lons) - min(lons)) * squeeze / (WIDTH - 2 * MARGIN),
        (max(lats) - min(lats)) / (HEIGHT - 2 * MARGIN),
        _SPAN_MIN_DEG / WIDTH,
    )
    return [
        Dot(
            round(WIDTH / 2 + (each.point.lon - middle_lon) * squeeze / span, 2),
            round(HEIGHT / 2 - (each.point.lat - middle_lat) / span, 2),
            round(each.radius, 2),
            each.state,
            each.title,
        )
        for each in placed
    ]


_ORDER = {
    DeliveryState.DONE: 0,
    DeliveryState.STARTED: 1,
    DeliveryState.READY: 2,
    DeliveryState.RECEIVED: 3,
    DeliveryState.SENT: 4,
    DeliveryState.PLANNED: 5,
    DeliveryState.CUT: 6,
    DeliveryState.MISSED: 7,
}


def bounds(points: Sequence[Point]) -> str:
    """Return the corners of the bounding box as JSON; an empty list if there are no points."""
    lats, lons = [each.lat for each in points], [each.lon for each in points]
    return json.dumps([[min(lats), min(lons)], [max(lats), max(lons)]] if points else [])


def circles(posts: Sequence[MapPoint], zoom: str) -> Response:
    """Return latitude, longitude, count and red count of each circle; and its device, if single."""
    drawn = clusters(posts, min(int(zoom[:4]), ZOOM_MAX) if zoom.isdecimal() else 0)
    return jsonify(
        [
            (each.point.lat, each.point.lon, each.count, each.away)
            + ((each.only.device_id, each.only.name) if each.only else ())
            for each in drawn
        ]
    )
