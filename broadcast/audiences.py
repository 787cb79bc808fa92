"""Which devices an audience means, as far as we know where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from broadcast.model.alerts import Audience
from broadcast.shapes import is_inside
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


def standing_of(audience: Audience, device: Device) -> Standing:
    """Of a device in a reached area; without a shape it is inside."""
    if not audience.has_shape:
        return Standing.INSIDE
    if device.point is None:
        return Standing.UNKNOWN
    return Standing.INSIDE if is_inside(audience, device.point) else Standing.OUTSIDE


def touched(tree: AreaTree, devices: Iterable[Device], audience: Audience) -> tuple[AreaId, ...]:
    """Areas with a device inside the shape, and open leaf areas whose own point lies inside; sorted."""
    found = {each.area_id for each in devices if each.point is not None and is_inside(audience, each.point)}
    found |= {
        area.id
        for area in tree
        if area.valid_to is None
        and area.point is not None
        and not tree.children(area.id)
        and is_inside(audience, area.point)
    }
    return tuple(sorted(found))
