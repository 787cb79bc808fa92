"""Polygons and circles: read, checked, laid over points. The only module of the rules that knows shapely.

shapely finds crossings in C, but its worst case is quadratic: 20,000 thin spikes round one point took 2.7 s. So the
number of pairs of edges whose extents overlap is counted first, which is cheap, and too many are refused.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.message import CapCircle, Polygon

FEWEST_PAIRS: Final = 4
MOST_VERTICES: Final = 45_000
"""In all polygons of a message together. Real feeds have up to 6,000; a national border 41,000."""
_EACH: Final = 8
"""A polygon costs the time of so many vertices beside its own."""
MOST_OVERLAPS: Final = 1_000_000
"""Pairs of edges to be compared; about 30 ms in the worst case."""
_HARMLESS: Final = 64
"""Rings of so few vertices are not counted: however twisted, all that fit in a message are looked at in time."""
LAT_MAX: Final = 90.0
LON_MAX: Final = 180.0
_HAIR: Final = 0.01
"""Degrees that a producer's rounding may go beyond the world (about 1 km)."""
MOST_MENDED: Final = 8
"""Polygons of a message."""
MOST_MENDED_OVERLAPS: Final = 100_000
"""As ``MOST_OVERLAPS``, of all crossing polygons of a message together: mending takes longer than checking."""
MOST_CROSSINGS: Final = 20
"""Of one polygon that is mended: rounding makes a few, and the time of mending grows faster than their number."""
KM_PER_DEGREE: Final = 111.2

_NUMERIC: Final = b"0123456789+-.,eE \t\r\n"
_CIRCLE: Final = re.compile(r"([^\s,]+),([^\s,]+)\s+([^\s,]+)")
_SHORT: Final = 32
_FROM_JSON: Final = msgspec.json.Decoder(list[float])

Points = npt.NDArray[np.float64]


@dataclass
class Shapes:
    """Shapes of one message: each is read by itself, all polygons are checked together, for speed.

    ``mended`` gives, after ``finish``, the replacement of each polygon that crosses itself; an empty one: leave it out.
    """

    found: Findings
    mended: dict[Polygon, tuple[Polygon, ...]] = field(default_factory=dict)
    _vertices: int = 0
    _paths: list[str] = field(default_factory=list)
    _polygons: list[Polygon] = field(default_factory=list)
    _lengths: list[int] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)

    def polygon(self, text: str, path: str) -> Polygon | None:
        """Read ``lat,lon lat,lon …``: at least four pairs, within the world; closed if open. ``finish`` mends."""
        pairs = text.split()
        self._vertices += len(pairs) + _EACH
        if self._vertices > MOST_VERTICES:
            self.found.add(FindingCode.POLYGON_TOO_COMPLEX, path, f"{len(pairs)} more vertices")
            return None
        values = _numbers(pairs)
        if values is None or not pairs:
            self.found.add(FindingCode.BAD_POLYGON, path, text[:_SHORT])
            return None
        values = _within_a_hair(values, path, self.found)
        is_closed, is_long = values[:2] == values[-2:], len(pairs) >= FEWEST_PAIRS
        if not is_long:
            self.found.add(FindingCode.POLYGON_TOO_SHORT, path, f"{len(pairs)} pairs")
        if not is_closed:
            self.found.add(FindingCode.POLYGON_OPEN, path, f"{pairs[0]} {pairs[-1]}")
            values = values + values[:2]
        if not (_in_range(values[::2], values[1::2], path, self.found) and is_long):
            return None
        polygon = Polygon(tuple(zip(values[::2], values[1::2], strict=True)))
        self._paths.append(path)
        self._polygons.append(polygon)
        self._lengths.append(len(polygon.points))
        self._values += values
        return polygon

    def circle(self, text: str, path: str) -> CapCircle | None:
        """Read ``lat,lon radius``: within the world, a radius of 0 km or more."""
        match = _CIRCLE.fullmatch(text.strip())
        values = _numbers([",".join(match.groups()[:2]), f"{match[3]},0"]) if match else None
        if values is None:
            self.found.add(FindingCode.BAD_CIRCLE, path, text[:_SHORT])
            return None
        lat, lon = _within_a_hair(values[:2], path, self.found)
        radius_km = values[2]
        if radius_km < 0:
            self.found.add(FindingCode.NEGATIVE_RADIUS, path, text[:_SHORT])
        if not _in_range([lat], [lon], path, self.found) or radius_km < 0:
            return None
        return CapCircle(lat, lon, radius_km)

    def finish(self) -> None:
        """Find the polygons that cross or touch themselves, have no inside, or are too complex to check; mend them."""
        if not self._paths:
            return
        points = np.array(self._values).reshape(-1, 2)
        owners = np.repeat(np.arange(len(self._lengths)), self._lengths)
        # A point given twice in a row is harmless: producers round.
        is_new = np.ones(len(points), dtype=bool)
        is_new[1:] = (points[1:] != points[:-1]).any(axis=1) | (owners[1:] != owners[:-1])
        points, owners = points[is_new], owners[is_new]
        lengths = np.bincount(owners, minlength=len(self._lengths))
        if not self._can_be_told(points, lengths):
            return
        is_ring = lengths >= FEWEST_PAIRS
        of_rings = is_ring[owners]
        rings = shapely.linearrings(points[of_rings], indices=(np.cumsum(is_ring) - 1)[owners[of_rings]])
        is_good = is_ring.copy()
        is_good[is_ring] = shapely.is_valid(shapely.polygons(rings))
        room = MOST_MENDED_OVERLAPS
        for n, at in enumerate(np.flatnonzero(~is_good)):
            ring = np.array(self._polygons[at].points)
            room -= min(_overlaps(ring[:, 0]), _overlaps(ring[:, 1]))
            self._mend(self._polygons[at], self._paths[at], may_mend=room >= 0 and n < MOST_MENDED)

    def _mend(self, polygon: Polygon, path: str, *, may_mend: bool) -> None:
        """Replace a crossing ring by the simple rings it is made of, holes filled: rather more than less."""
        parts = _simple_rings(polygon) if may_mend else ()
        self.mended[polygon] = parts
        self.found.add(FindingCode.POLYGON_CROSSES, path, f"mended, {len(parts)} parts" if parts else "left out")

    def _can_be_told(self, points: Points, lengths: npt.NDArray[np.int64]) -> bool:
        room = MOST_OVERLAPS
        starts = np.cumsum(lengths) - lengths
        for at in np.flatnonzero(lengths > _HARMLESS):
            ring = points[starts[at] : starts[at] + lengths[at]]
            room -= min(_overlaps(ring[:, 0]), _overlaps(ring[:, 1]))
            if room < 0:
                self.found.add(FindingCode.POLYGON_TOO_COMPLEX, self._paths[at])
                return False
        return True


def _numbers(pairs: Sequence[str]) -> list[float] | None:
    """Two finite numbers a pair, or None. ``float`` alone would take ``nan``, ``1_0`` and Thai digits.

    Nearly all are written as JSON has them, which its decoder reads faster than ``float`` does, to the same numbers;
    the rest (``+1``, ``.5``) by that.
    """
    joined = ",".join(pairs)
    if joined.count(",") != 2 * len(pairs) - 1 or not all("," in pair for pair in pairs):
        return None
    if not joined.isascii() or joined.encode("ascii").translate(None, _NUMERIC):
        return None
    try:
        return _FROM_JSON.decode(f"[{joined}]")
    except msgspec.DecodeError:
        pass
    try:
        values = list(map(float, joined.split(",")))
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def _simple_rings(polygon: Polygon) -> tuple[Polygon, ...]:
    """Return the simple outlines within a ring, the largest first; none if it has no area or too many crossings."""
    points = np.array(polygon.points)
    edges = np.asarray(shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)))
    # Each edge meets itself and its two neighbours; any more is a crossing or a touch, found twice.
    meetings = shapely.STRtree(edges).query(edges, predicate="intersects").shape[1]
    if meetings - 3 * len(edges) > 2 * MOST_CROSSINGS:
        return ()
    valid = shapely.make_valid(shapely.Polygon(points), method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(valid) if isinstance(part, shapely.Polygon) and part.area]
    parts.sort(key=lambda part: part.area, reverse=True)
    return tuple(Polygon(tuple((lat, lon) for lat, lon in part.exterior.coords)) for part in parts)


def _within_a_hair(values: list[float], path: str, found: Findings) -> list[float]:
    """Return latitudes and longitudes in turn, those a hair beyond the world drawn back to its edge."""
    lat_max, lon_max = max(map(abs, values[::2])), max(map(abs, values[1::2]))
    if not (LAT_MAX < lat_max <= LAT_MAX + _HAIR or LON_MAX < lon_max <= LON_MAX + _HAIR):
        return values
    found.add(FindingCode.CLAMPED, path, f"{lat_max:g}, {lon_max:g}")
    return [
        min(max(value, -limit), limit) if abs(value) <= limit + _HAIR else value
        for value, limit in zip(values, cycle((LAT_MAX, LON_MAX)), strict=False)
    ]


def _in_range(lats: Sequence[float], lons: Sequence[float], path: str, found: Findings) -> bool:
    lat_max, lon_max = max(map(abs, lats)), max(map(abs, lons))
    if lat_max <= LAT_MAX and lon_max <= LON_MAX:
        return True
    is_swapped = lon_max <= LAT_MAX and lat_max <= LON_MAX
    found.add(FindingCode.SWAPPED if is_swapped else FindingCode.OUT_OF_RANGE, path, f"{lat_max:g}, {lon_max:g}")
    return False


def _overlaps(values: Points) -> int:
    """Return the number of pairs of edges that overlap along one axis.

    An edge meets those that begin before it ends, except those that have ended by then.
    """
    low = np.sort(np.minimum(values[1:], values[:-1]))
    high = np.sort(np.maximum(values[1:], values[:-1]))
    begun = int(np.searchsorted(low, high, side="left").sum())
    return begun - len(high) * (len(high) - 1) // 2


class VoronoiCells:
    """Points with the ground around each: the land nearer to it than to any other, ``reach_km`` at most.

    For asking which of them a shape touches where no borders are known.
    """

    def __init__(self, points: Sequence[tuple[float, float]], reach_km: float) -> None:
        self._scale = math.cos(math.radians(points[0][0])) if points else 1.0
        flat = [self._flat(lat, lon) for lat, lon in points]
        around = [shapely.Point(x, y).buffer(reach_km) for x, y in flat]
        self._cells = [self._cut(at, flat, around[at]) for at in range(len(flat))]

    @staticmethod
    def _cut(at: int, flat: Sequence[tuple[float, float]], disc: shapely.Polygon) -> shapely.Polygon:
        """Return the disc, cut along the bisectors to all neighbours whose half-plane cuts it."""
        x, y = flat[at]
        far = max(disc.bounds[2] - disc.bounds[0], 1.0)
        for other_x, other_y in flat:
            away = math.hypot(other_x - x, other_y - y)
            if 0 < away < far:
                ux, uy = (other_x - x) / away, (other_y - y) / away
                mx, my = (x + other_x) / 2, (y + other_y) / 2
                half = shapely.Polygon(
                    [
                        (mx - uy * far, my + ux * far),
                        (mx + uy * far, my - ux * far),
                        (mx + uy * far - ux * far, my - ux * far - uy * far),
                        (mx - uy * far - ux * far, my + ux * far - uy * far),
                    ]
                )
                cut = disc.intersection(half)
                assert isinstance(cut, shapely.Polygon)  # both are convex and hold the point
                disc = cut
        return disc

    def touched(self, polygons: Iterable[Polygon], circles: Iterable[CapCircle]) -> list[int]:
        """Return the indexes of the points whose ground meets any of the shapes."""
        shapes = [shapely.Polygon([self._flat(lat, lon) for lat, lon in each.points]) for each in polygons]
        shapes += [shapely.Point(*self._flat(c.lat, c.lon)).buffer(max(c.radius_km, 0.01)) for c in circles]
        for shape in shapes:
            shapely.prepare(shape)
        return [at for at, cell in enumerate(self._cells) if any(shape.intersects(cell) for shape in shapes)]

    def _flat(self, lat: float, lon: float) -> tuple[float, float]:
        """Return kilometres east and north; good enough within a province."""
        return lon * KM_PER_DEGREE * self._scale, lat * KM_PER_DEGREE
