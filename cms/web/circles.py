"""Devices on a map as circles, gathered by the server for each zoom: what the map's script asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Response, jsonify

from devices.clusters import ZOOM_MAX, Post, clusters
from province.areas import Point


def bounds(points: Sequence[Point]) -> str:
    """The corners between which they lie, as JSON; an empty list where there are none."""
    lats, lons = [each.lat for each in points], [each.lon for each in points]
    return json.dumps([[min(lats), min(lons)], [max(lats), max(lons)]] if points else [])


def circles(posts: Sequence[Post], zoom: str) -> Response:
    """Latitude, longitude, how many, how many of them red; and who, if alone. ``zoom`` as it was asked for."""
    drawn = clusters(posts, min(int(zoom[:4]), ZOOM_MAX) if zoom.isdecimal() else 0)
    return jsonify(
        [
            (each.point.lat, each.point.lon, each.count, each.away)
            + ((each.only.device_id, each.only.name) if each.only else ())
            for each in drawn
        ]
    )
