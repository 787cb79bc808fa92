"""Administrative units of the country from the data sets, and loading of those that are missing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final

from cms.areas.repository import Places
from cms.areas.service import packages
from cms.platform.clean_text import folded
from cms.platform.errors import FeatureError
from cms.platform.store.uow import UnitOfWork
from province.areas import Area, AreaId, Point
from province.events import Event
from province.people import Actor, UserId

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
# Decision 01/2023/QĐ-UBND, under which the system is built, is of this year; the units had stood for longer.
UNITS_OF_2023_FROM = date(2023, 1, 1)
# Resolutions 1671/NQ-UBTVQH15 and 202/2025/QH15: communes merged, districts ended.
UNITS_OF_2025_FROM = date(2025, 7, 1)
SYSTEM: Final = Actor(UserId("system"), "loa", ())


class PlacesError(FeatureError, code="PLACES"):
    """Base of data set errors; ``code`` is stable."""


@dataclass
class UnknownDataSetError(PlacesError, code="UNKNOWN_DATA_SET"):
    """No data set of areas has this name."""

    name: str


@dataclass
class NotLoadedError(PlacesError, code="NOT_LOADED"):
    """The data set has to be loaded before this."""

    name: str


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


@dataclass(frozen=True)
class DataSet:
    """Data set: units, parents before children. ``prefix`` keeps area ids of different data sets apart."""

    name: str
    prefix: str
    valid_from: date
    units: Sequence[Unit]

    def area_id(self, code: str) -> AreaId:
        return AreaId(f"{self.prefix}-{code}")

    def areas(self) -> Sequence[Area]:
        """Return the areas as they are when new: open, without predecessors."""
        return [
            Area(
                id=self.area_id(unit.code),
                name=unit.name,
                kind=unit.kind,
                parent_id=None if unit.parent_code is None else self.area_id(unit.parent_code),
                valid_from=self.valid_from,
                codes={"gso": unit.code},
                point=unit.point,
            )
            for unit in self.units
        ]


def data_set(name: str) -> DataSet:
    """Return the data set of this name.

    Raises:
        UnknownDataSetError: no such data set.
    """
    try:
        make = DATA_SETS[name]
    except KeyError:
        raise UnknownDataSetError(name) from None
    return make()


@cache
def binh_thuan_2023() -> DataSet:
    """Build Bình Thuận: the province, 10 districts, 124 communes."""
    points = dict(packages.legacy_points("60"))
    wards = packages.legacy_wards("60")
    points |= {ward.code: ward.point for ward in wards}
    units = []
    for plain in packages.units_of_2023("60"):
        # A ward merged in December 2024 gets the point of the neighbouring ward that it became part of.
        point = points.get(plain.code) or _successor_in_2024(plain, wards).point
        units.append(Unit(plain.code, plain.name, KINDS[plain.type], plain.parent_code, point))
    return DataSet("binh-thuan-2023", "bt23", UNITS_OF_2023_FROM, units)


@cache
def lam_dong_2025() -> DataSet:
    """Build Lâm Đồng with the former Bình Thuận and Đắk Nông: the province and 124 communes, 45 from Bình Thuận."""
    name, point = packages.province_of_2025("68")
    descent = packages.descent_of_2025("tinhlamdong")
    codes = _codes_of_2023_by_path("60")
    units = [Unit("68", name, "province", None, point)]
    for ward in packages.wards_of_2025("68"):
        came_from = sorted(code for path in descent.get(ward.key, ()) for code in codes.get(path, ()))
        units.append(Unit(ward.code, ward.name, KINDS[ward.type], "68", ward.point, ward.km2, tuple(came_from)))
    return DataSet("lam-dong-2025", "ld25", UNITS_OF_2025_FROM, units)


DATA_SETS: dict[str, Callable[[], DataSet]] = {
    "binh-thuan-2023": binh_thuan_2023,
    "lam-dong-2025": lam_dong_2025,
}


def _codes_of_2023_by_path(province_code: str) -> dict[str, list[str]]:
    """Map path keys of December 2024 to codes of 2023: usually one unit, except three wards of Phan Thiết."""
    wards = packages.legacy_wards(province_code)
    by_code = {ward.code: ward for ward in wards}
    districts = {unit.code for unit in packages.units_of_2023(province_code) if unit.parent_code == province_code}
    found: dict[str, list[str]] = {}
    for plain in packages.units_of_2023(province_code):
        if plain.parent_code in districts:
            ward = by_code.get(plain.code) or _successor_in_2024(plain, wards)
            found.setdefault(ward.path_key, []).append(plain.code)
    return found


def _successor_in_2024(plain: packages.PlainUnit, wards: Sequence[packages.LegacyWard]) -> packages.LegacyWard:
    """Find the ward of the same district that has this name.

    On 1 December 2024 Đức Thắng and Đức Nghĩa became part of Lạc Đạo; Bình Hưng and Hưng Long became one ward, called
    Bình Hưng under the code of Hưng Long.
    """
    key = folded(plain.name).replace(" ", "")
    return next(ward for ward in wards if ward.district_code == plain.parent_code and key in ward.keys)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Result of a load: number of new areas and of existing ones."""

    name: str
    added: int
    present: int


def load(units: Callable[[], UnitOfWork], name: str, *, now: datetime, by: Actor = SYSTEM) -> Loaded:
    """Store the areas of a data set that are not stored yet; an event only if there are any.

    Raises:
        UnknownDataSetError: no data set has this name.
    """
    chosen = data_set(name)
    with units() as unit:
        loaded = add_missing(unit, chosen, now=now, by=by)
        unit.commit()
    return loaded


def add_missing(unit: UnitOfWork, chosen: DataSet, *, now: datetime, by: Actor) -> Loaded:
    """Add the missing areas inside an open unit of work, uncommitted."""
    tree, known = unit[Places].tree(), unit[Places].kinds()
    for kind in (KINDS[each] for each in COMMUNES):
        if kind not in known:
            unit[Places].set_kind(kind, is_commune=True)
    areas = chosen.areas()
    new = [area for area in areas if area.id not in tree]
    if new:
        unit[Places].add(new)
        unit.record(Event.of(by, "areas.loaded", chosen.name, now, added=len(new)))
    return Loaded(chosen.name, len(new), len(areas) - len(new))
