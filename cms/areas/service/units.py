"""Administrative units of a data set, before they become areas."""

import math
from dataclasses import dataclass

from province.areas import Point

KM_A_DEGREE = 111.2

# The classifications of Vietnamese administrative units: the data packages' word, and ours.
KINDS = {
    "tinh": "province",
    "thanh-pho": "city",
    "thi-xa": "town",
    "huyen": "district",
    "phuong": "ward",
    "xa": "commune",
    "thi-tran": "township",
    "dac-khu": "special_zone",
}
# Decree 49/2024: these units run a station of their own. An operator's setting of a kind takes precedence.
COMMUNES = ("xa", "phuong", "thi-tran", "dac-khu")


@dataclass(frozen=True, slots=True)
class Unit:
    """Administrative unit. ``code``: the General Statistics Office's. ``came_from``: codes of the data set before."""

    code: str
    name: str
    kind: str
    parent_code: str | None
    point: Point | None
    km2: float = 0.0
    came_from: tuple[str, ...] = ()

    @property
    def radius_km(self) -> float:
        """Radius of a circle as large as the unit; 1 km if its size is unknown."""
        return math.sqrt(self.km2 / math.pi) if self.km2 else 1.0


def distance_km(one: Point, other: Point) -> float:
    """Return the flat-earth distance in km: exact enough inside a province (error below 0.1 %)."""
    east = (one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return KM_A_DEGREE * math.hypot(one.lat - other.lat, east)
