"""Coverage of an alert: the part of its area within hearing of loudspeakers, and the part of what they reach outside.

Areas are integrated along parallels of the sphere: on each, the stretches of longitude inside the area and within
hearing are exact, and a strip has its true area, so no map projection distorts them. Rings are plane in degrees and
circles are great circles, as for devices. The error is that of the strips' height, below 0.5 % of the area.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from broadcast.alerts.model import Audience, Disc
from devices.protocol.shapes import EARTH_RADIUS_M
from province.areas import Outline

_STRIPS_MIN: Final = 1_024
_STRIPS_MAX: Final = 4_096
_STRIPS_A_RADIUS: Final = 3
"""Strips across the smallest radius; so many discs overlap that the errors of each cancel out."""
_TURN: Final = 8
"""More than a whole turn in radians: sorts stretches by strip first."""
_CROSSINGS_MAX: Final = 2_000_000
"""Crossings of edges with parallels: an outline of thousands of long edges is measured on fewer strips."""

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Ring = Sequence[tuple[float, float]]
_Stretches = tuple[_Ints, _Floats, _Floats]
"""Strip, western and eastern end in radians of each stretch."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Areas in m². ``heard_m2``: of ``area_m2``, within hearing; ``outside_m2``: within hearing outside it."""

    area_m2: float
    heard_m2: float
    outside_m2: float

    @property
    def share(self) -> float:
        """Share of the area within hearing."""
        return min(1.0, self.heard_m2 / self.area_m2) if self.area_m2 else 0.0

    @property
    def undershoot(self) -> float:
        """Share of the area out of hearing."""
        return 1.0 - self.share

    @property
    def overshoot(self) -> float:
        """Share of all that is within hearing that lies outside the area."""
        heard_m2 = self.heard_m2 + self.outside_m2
        return self.outside_m2 / heard_m2 if heard_m2 else 0.0


def coverage(audience: Audience, outlines: Sequence[Outline], hearing: Sequence[Disc]) -> Coverage | None:
    """Measure how much of the audience's area lies within hearing. ``outlines``: of its places, minus those excluded.

    The area is the shape, inside the outlines where there are any. None: there is neither, so its area is unknown.
    """
    limits = []
    if audience.has_shape:
        limits.append(_Part([[ring.points] for ring in audience.rings], audience.discs))
    if outlines:
        limits.append(_Part([[[*ring, ring[0]] for ring in outline if ring] for outline in outlines], ()))
    if not limits:
        return None
    _, area_m2 = _measured(limits, _strips(limits, _STRIPS_MIN))
    if not hearing:
        return Coverage(area_m2, 0.0, 0.0)
    heard = _Part((), hearing)
    south, north = heard.south_north
    span_m = np.radians(north - south) * EARTH_RADIUS_M
    wanted = int(span_m * _STRIPS_A_RADIUS / max(1, min(disc.radius_m for disc in hearing)))
    parts = [heard, *limits]
    all_m2, inside_m2 = _measured(parts, _strips(parts, min(_STRIPS_MAX, max(_STRIPS_MIN, wanted))))
    return Coverage(area_m2, inside_m2, all_m2 - inside_m2)


class _Part:
    """Union of shapes: groups of closed rings, each by the even-odd rule (an outline with its holes), and discs."""

    def __init__(self, groups: Iterable[Sequence[_Ring]], discs: Sequence[Disc]) -> None:
        edges = [
            (group, *start, *end)
            for group, rings in enumerate(groups)
            for ring in rings
            for start, end in pairwise(ring)
            if start[0] != end[0]
        ]
        self._edges: _Floats = np.array(edges, dtype=np.float64).reshape(-1, 5)
        table = [(np.radians(disc.lat), np.radians(disc.lon), disc.radius_m / EARTH_RADIUS_M) for disc in discs]
        self._discs: _Floats = np.array(table, dtype=np.float64).reshape(-1, 3)
        lats, reach = np.degrees(self._discs[:, 0]), np.degrees(self._discs[:, 2])
        ends = np.concatenate([self._edges[:, 1], self._edges[:, 3], lats - reach, lats + reach])
        self.south_north = (float(ends.min()), float(ends.max())) if ends.size else (0.0, 0.0)
        self.rise = float(np.abs(self._edges[:, 3] - self._edges[:, 1]).sum() + 2 * reach.sum())

    def stretches(self, strips: _Floats, height: float) -> _Stretches:
        """Return the stretches of parallels inside; those of different shapes may overlap."""
        return _joined(self._of_rings(strips, height), self._of_discs(strips, height))

    def _of_rings(self, strips: _Floats, height: float) -> _Stretches:
        group, lat_a, lon_a, lat_b, lon_b = self._edges.T
        low, high = np.minimum(lat_a, lat_b), np.maximum(lat_a, lat_b)
        which, strip = _spanned(low, high, strips, height)
        share = (strips[strip] - lat_a[which]) / (lat_b[which] - lat_a[which])
        lon = np.radians(lon_a[which] + share * (lon_b[which] - lon_a[which]))
        order = np.lexsort((lon, strip, group[which]))
        return strip[order][::2], lon[order][::2], lon[order][1::2]

    def _of_discs(self, strips: _Floats, height: float) -> _Stretches:
        lat, lon, reach = self._discs.T
        which, strip = _spanned(np.degrees(lat - reach), np.degrees(lat + reach), strips, height)
        at, middle = np.radians(strips[strip]), lat[which]
        cosine = (np.cos(reach[which]) - np.sin(at) * np.sin(middle)) / (np.cos(at) * np.cos(middle))
        half = np.arccos(np.clip(cosine, -1.0, 1.0))
        return strip, lon[which] - half, lon[which] + half


def _strips(parts: Sequence[_Part], count: int) -> _Floats:
    """Return the middle parallels of strips of equal height, in degrees, over the latitudes of the first part."""
    south, north = parts[0].south_north
    crossings = sum(part.rise for part in parts) / max(north - south, 1e-9)
    count = max(2, min(count, int(_CROSSINGS_MAX / max(crossings, 1.0))))
    height = max(north - south, 1e-9) / count
    middles: _Floats = south + height * (np.arange(count, dtype=np.float64) + 0.5)
    return middles


def _spanned(low: _Floats, high: _Floats, strips: _Floats, height: float) -> tuple[_Ints, _Ints]:
    """Return each thing with each strip whose middle parallel it spans."""
    first = np.clip(np.ceil((low - strips[0]) / height), 0, len(strips)).astype(np.int64)
    after = np.clip(np.ceil((high - strips[0]) / height), 0, len(strips)).astype(np.int64)
    counts = after - first
    which = np.repeat(np.arange(len(low)), counts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return which, first[which] + within


def _measured(parts: Sequence[_Part], strips: _Floats) -> tuple[float, float]:
    """Return the areas in m² that lie in the first of the parts, and in every one of them."""
    height = float(strips[1] - strips[0])
    found = [part.stretches(strips, height) for part in parts]
    strip = np.concatenate([np.concatenate([each[0], each[0]]) for each in found])
    lon = np.concatenate([np.concatenate(each[1:]) for each in found])
    part = np.repeat(np.arange(len(found)), [2 * len(each[0]) for each in found])
    step = np.concatenate([np.repeat([1, -1], len(each[0])) for each in found])
    order = np.argsort(strip * _TURN + lon)
    strip, lon, part, step = strip[order], lon[order], part[order], step[order]
    # Every stretch ends on its own strip, so nothing is inside from the end of a strip to the next one's beginning.
    lengths = np.diff(lon) * np.cos(np.radians(strips[strip[:-1]]))
    strip_m2 = float(np.radians(height)) * EARTH_RADIUS_M**2
    is_inside = np.ones(len(lengths), dtype=bool)
    areas = []
    for number in range(len(found)):
        is_inside &= np.cumsum(np.where(part == number, step, 0))[:-1] > 0
        areas.append(float(lengths[is_inside].sum()) * strip_m2)
    return areas[0], areas[-1]


def _joined(one: _Stretches, other: _Stretches) -> _Stretches:
    first, second, third = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    return first, second, third
