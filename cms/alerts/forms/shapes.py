"""Shapes as text, one a line, as CAP writes them: ``lat,lon lat,lon …`` an outline, ``lat,lon km`` a circle.

Map, keyboard and CAP messages share this form, so a shape from any of them can be read, edited and undone.
"""

import re

from broadcast.alerts.model import Audience, Disc, Ring
from province.errors import Problem, too_long

FIELD = "shape"
_TEXT_MAX = 60_000
_CORNERS_MIN = 3
_COMMA = re.compile(r"\s*,\s*")


def read(text: str) -> tuple[tuple[Ring, ...], tuple[Disc, ...], list[Problem]]:
    """Parse into closed rings and discs with radii in whole metres, and a problem for every line that is neither."""
    rings: list[Ring] = []
    discs: list[Disc] = []
    problems: list[Problem] = []
    if refused := too_long(FIELD, text, _TEXT_MAX):
        return (), (), refused
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _shape(_COMMA.sub(",", line).split())
        if isinstance(found, Ring):
            rings.append(found)
        elif isinstance(found, Disc):
            discs.append(found)
        else:
            problems.append(Problem(FIELD, "NOT_A_SHAPE", {"line": number}))
    return tuple(rings), tuple(discs), problems


def written(audience: Audience) -> str:
    """Return the text that ``read`` parses into these shapes."""
    rings = [" ".join(f"{_degrees(lat)},{_degrees(lon)}" for lat, lon in ring.points) for ring in audience.rings]
    discs = [f"{_degrees(disc.lat)},{_degrees(disc.lon)} {disc.radius_m / 1000:g}" for disc in audience.discs]
    return "\n".join([*rings, *discs])


def _shape(words: list[str]) -> Ring | Disc | None:
    try:
        if len(words) == 2 and "," not in words[1]:  # noqa: PLR2004 - a centre and a radius
            (lat, lon), radius_m = _point(words[0]), round(float(words[1]) * 1000)
            return Disc(lat, lon, radius_m) if radius_m > 0 else None
        points = [_point(word) for word in words]
    except (ValueError, OverflowError):
        return None
    if points and points[0] != points[-1]:
        points.append(points[0])
    return Ring(tuple(points)) if len(points) > _CORNERS_MIN else None


def _point(word: str) -> tuple[float, float]:
    lat, lon = (float(part) for part in word.split(","))
    if not (abs(lat) <= 90 and abs(lon) <= 180):  # noqa: PLR2004 - the globe; NaN fails as well
        raise ValueError(word)
    return lat, lon


def _degrees(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")
