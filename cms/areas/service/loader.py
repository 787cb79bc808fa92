"""Loader of data sets of areas. Existing areas are left as they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cms.areas.repository import Places
from cms.areas.service.data_sets import DataSet, data_set
from cms.areas.service.units import COMMUNES, KINDS
from cms.platform.store.uow import UnitOfWork
from province.events import Event

SYSTEM = ("system", "loa")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Result of a load: number of new areas and of existing ones."""

    name: str
    added: int
    present: int


def load(
    units: Callable[[], UnitOfWork], name: str, *, now: datetime, by: str = SYSTEM[0], by_name: str = SYSTEM[1]
) -> Loaded:
    """Store the areas of a data set that are not stored yet; an event only if there are any.

    Raises:
        UnknownDataSetError: no data set has this name.
    """
    chosen = data_set(name)
    with units() as unit:
        loaded = add_missing(unit, chosen, now=now, by=by, by_name=by_name)
        unit.commit()
    return loaded


def add_missing(unit: UnitOfWork, chosen: DataSet, *, now: datetime, by: str, by_name: str) -> Loaded:
    """Add the missing areas inside an open unit of work, uncommitted."""
    tree, known = unit[Places].tree(), unit[Places].kinds()
    for kind in (KINDS[each] for each in COMMUNES):
        if kind not in known:
            unit[Places].set_kind(kind, is_commune=True)
    areas = chosen.areas()
    new = [area for area in areas if area.id not in tree]
    if new:
        unit[Places].add(new)
        unit.record(Event("areas.loaded", chosen.name, now, by, by_name, {"added": len(new)}))
    return Loaded(chosen.name, len(new), len(areas) - len(new))
