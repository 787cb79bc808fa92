"""Which devices an audience means, as far as we know where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from broadcast.model.alerts import Audience
from broadcast.model.bulletins import Targets
from broadcast.ports import UnitOfWork
from broadcast.shapes import is_inside
from broadcast.targeting import reached
from devices.areas import AreaId, AreaTree
from devices.model import Device


class Standing(StrEnum):
    """UNKNOWN: nobody told us where it stands; it is meant, as it goes by its areas alone unless it knows better."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device in a reached area."""

    device: Device
    standing: Standing

    @property
    def is_meant(self) -> bool:
        return self.standing is not Standing.OUTSIDE


def candidates(uow: UnitOfWork, audience: Audience) -> Sequence[Candidate]:
    """Every device in service in the reached areas, by id; without a shape all are inside."""
    areas = reached(audience.targets, uow.places.tree(), uow.devices.planning_areas())
    return [Candidate(device, standing_of(audience, device)) for device in uow.devices.in_areas(areas)]


def standing_of(audience: Audience, device: Device) -> Standing:
    if not audience.has_shape:
        return Standing.INSIDE
    if device.point is None:
        return Standing.UNKNOWN
    return Standing.INSIDE if is_inside(audience, device.point) else Standing.OUTSIDE


def with_areas(uow: UnitOfWork, audience: Audience) -> Audience:
    """A shape alone means every area it touches: those are filled in. Any other audience as it is."""
    if audience.targets.areas or not audience.has_shape:
        return audience
    areas = touched(uow.places.tree(), uow.devices.in_areas(uow.devices.planning_areas()), audience)
    return replace(audience, targets=Targets(areas, audience.targets.exclude))


def touched(tree: AreaTree, devices: Iterable[Device], audience: Audience) -> tuple[AreaId, ...]:
    """Areas in force with a device inside the shape, or whose own point lies inside; sorted."""
    found = {each.area_id for each in devices if each.point is not None and is_inside(audience, each.point)}
    found |= {
        area.id
        for area in tree
        if area.valid_to is None and area.point is not None and not tree.children(area.id)
        and is_inside(audience, area.point)
    }  # fmt: skip
    return tuple(sorted(found))
