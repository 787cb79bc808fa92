"""Coast behind our maps: the land of the region, which ``make setup`` fetches (``scripts/vendor.py``)."""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).parent / "static" / "vendor" / "coast.json"
Ring = tuple[tuple[float, float], ...]
"""Corners as latitude and longitude."""


@cache
def _land(path: Path) -> tuple[Ring, ...]:
    """Return all rings; none in a copy that was not set up."""
    return msgspec.json.decode(path.read_bytes(), type=tuple[Ring, ...]) if path.exists() else ()


@lru_cache(maxsize=64)
def land_within(south: float, west: float, north: float, east: float, file: Path = FILE) -> tuple[Ring, ...]:
    """Return the land within this box, cut at its edges."""
    edges = ((0, south, 1), (0, north, -1), (1, west, 1), (1, east, -1))
    found = []
    for whole in _land(file):
        ring: Sequence[tuple[float, float]] = whole
        for axis, at, side in edges:
            ring = _cut(ring, axis, at, side)
        if ring:
            found.append(tuple(ring))
    return tuple(found)


def _cut(ring: Sequence[tuple[float, float]], axis: int, at: float, side: int) -> Sequence[tuple[float, float]]:
    """Cut off what of the ring lies beyond one edge (Sutherland and Hodgman)."""

    def is_in(corner: tuple[float, float]) -> bool:
        return side * (corner[axis] - at) >= 0

    kept: list[tuple[float, float]] = []
    for before, corner in zip((*ring[-1:], *ring[:-1]), ring, strict=True):
        if is_in(before) != is_in(corner):
            share = (at - before[axis]) / (corner[axis] - before[axis])
            kept.append((before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1])))
        if is_in(corner):
            kept.append(corner)
    return kept
