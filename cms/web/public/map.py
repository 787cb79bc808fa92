"""Communes as dots, each leading to its page: no map service, only places."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from devices.areas import Area, AreaId

WIDTH: Final = 100.0
HEIGHT_MOST: Final = 90.0
_MARGIN: Final = 4.0
_SPAN_MIN_DEG: Final = 0.01


@dataclass(frozen=True)
class Spot:
    """In units of the drawing; ``is_found``: it is among those looked for."""

    area: Area
    x: float
    y: float
    is_found: bool


@dataclass(frozen=True)
class Drawing:
    height: float
    spots: Sequence[Spot]


def dots(communes: Sequence[Area], sought: Collection[AreaId]) -> Drawing | None:
    """As wide as the page; None where fewer than two communes have a point: nothing is to be found on that."""
    placed = [(area, area.point) for area in communes if area.point is not None]
    if len(placed) < 2:  # noqa: PLR2004 - a map of one place
        return None
    lats, lons = [point.lat for _, point in placed], [point.lon for _, point in placed]
    squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
    wide, high = max((max(lons) - min(lons)) * squeeze, _SPAN_MIN_DEG), max(lats) - min(lats)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT_MOST - 2 * _MARGIN) / max(high, _SPAN_MIN_DEG))
    left = (WIDTH - wide * scale) / 2
    return Drawing(
        round(high * scale + 2 * _MARGIN, 1),
        [
            Spot(
                area,
                round(left + (point.lon - min(lons)) * squeeze * scale, 1),
                round(_MARGIN + (max(lats) - point.lat) * scale, 1),
                area.id in sought,
            )
            for area, point in placed
        ],
    )
