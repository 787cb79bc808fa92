"""Clusters of devices on a map, computed by the server for each zoom; the map's script fetches them."""

import json
from collections.abc import Sequence

from flask import Response, jsonify

from devices.clusters import ZOOM_MAX, MapPoint, clusters
from province.areas import Point


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
