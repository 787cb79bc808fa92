"""Devices as dots where they stand: no map service, only their places and states."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from broadcast.model.deliveries import DeliveryState
from cms.store.queries.fleet import points
from cms.store.queries.ladder import Rung
from cms.store.uow import SqlUnitOfWork
from devices.areas import Point

WIDTH, HEIGHT, MARGIN = 100.0, 60.0, 4.0
DOTS_MAX = 3000
# A few devices at one crossroads still need room between them: nothing is drawn larger than this many degrees wide.
_SPAN_MIN_DEG = 0.01


@dataclass(frozen=True)
class Dot:
    """In units of the drawing; ``title`` is read on hover."""

    x: float
    y: float
    state: DeliveryState
    title: str


def dots(uow: SqlUnitOfWork, rungs: Sequence[Rung]) -> list[Dot]:
    """Worst states last, so that they are drawn on top."""
    where = points(uow.session, [rung.device_id for rung in rungs])
    placed = [(rung, where[rung.device_id]) for rung in rungs if rung.device_id in where]
    return _drawn(sorted(placed, key=lambda pair: _ORDER[pair[0].state])[-DOTS_MAX:]) if placed else []


def _drawn(placed: Sequence[tuple[Rung, Point]]) -> list[Dot]:
    lats = [point.lat for _, point in placed]
    lons = [point.lon for _, point in placed]
    middle_lat, middle_lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    squeeze = math.cos(math.radians(middle_lat))
    span = max(
        (max(lons) - min(lons)) * squeeze / (WIDTH - 2 * MARGIN),
        (max(lats) - min(lats)) / (HEIGHT - 2 * MARGIN),
        _SPAN_MIN_DEG / WIDTH,
    )
    return [
        Dot(
            round(WIDTH / 2 + (point.lon - middle_lon) * squeeze / span, 2),
            round(HEIGHT / 2 - (point.lat - middle_lat) / span, 2),
            rung.state,
            rung.device_name,
        )
        for rung, point in placed
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
