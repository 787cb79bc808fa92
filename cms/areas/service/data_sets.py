"""Data sets of areas in this version, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from cms.areas.service import packages
from cms.areas.service.errors import UnknownDataSetError
from cms.areas.service.units import KINDS, Unit
from cms.platform.store.search_text import folded
from province.areas import Area, AreaId

# Decision 01/2023/QĐ-UBND, under which the system is built, is of this year; the units had stood for longer.
UNITS_OF_2023_FROM = date(2023, 1, 1)
# Resolutions 1671/NQ-UBTVQH15 and 202/2025/QH15: communes merged, districts ended.
UNITS_OF_2025_FROM = date(2025, 7, 1)


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
