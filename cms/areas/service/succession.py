"""Succession of areas at a reform: pure rules over two data sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cms.areas.service.data_sets import DataSet
from cms.areas.service.units import Unit, distance_km
from province.areas import AreaId, Point


@dataclass(frozen=True)
class Succession:
    """Heirs and predecessors. ``heirs``: of every old area, a district's being those of its communes.

    The new province has no predecessors: only a part of it came from the old one, and a bulletin to the old province
    must not be heard in the rest.
    """

    predecessors: Mapping[AreaId, tuple[AreaId, ...]]
    heirs: Mapping[AreaId, tuple[AreaId, ...]]
    units: Mapping[AreaId, Unit]


@dataclass(frozen=True, slots=True)
class SuccessorArea:
    """New area of something; ``is_sure`` false: it was guessed from points, a person should check."""

    area_id: AreaId
    is_sure: bool


def succession(old: DataSet, new: DataSet) -> Succession:
    """Compute the succession from the new units' ``came_from``."""
    known = {unit.code for unit in old.units}
    predecessors = {
        new.area_id(unit.code): tuple(old.area_id(code) for code in unit.came_from if code in known)
        for unit in new.units
        if known.intersection(unit.came_from)
    }
    heirs: dict[AreaId, set[AreaId]] = {old.area_id(unit.code): set() for unit in old.units}
    for new_id, olds in predecessors.items():
        for old_id in olds:
            heirs[old_id].add(new_id)
    for unit in reversed(old.units):  # children come after parents, so their heirs are complete
        if unit.parent_code is not None:
            heirs[old.area_id(unit.parent_code)] |= heirs[old.area_id(unit.code)]
    return Succession(
        predecessors,
        {old_id: tuple(sorted(found)) for old_id, found in heirs.items()},
        {new.area_id(unit.code): unit for unit in new.units},
    )


def choose_heir(heirs: Sequence[AreaId], units: Mapping[AreaId, Unit], point: Point | None) -> SuccessorArea:
    """Return the only heir; of several, the one whose centre is nearest relative to its own size.

    Distance alone would assign the edge of a wide commune to its small neighbour.
    """
    if len(heirs) == 1 or point is None:
        return SuccessorArea(heirs[0], is_sure=len(heirs) == 1)
    return SuccessorArea(min(heirs, key=lambda heir: (_reach(units[heir], point), heir)), is_sure=False)


def _reach(unit: Unit, point: Point) -> float:
    if unit.point is None:
        return float("inf")
    return distance_km(unit.point, point) / unit.radius_km
