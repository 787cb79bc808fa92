"""Which devices an audience means, as far as we know where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from broadcast.model.alerts import Audience
from broadcast.shapes import inside
from devices.areas import AreaId, AreaTree, Point
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


def standing(audience: Audience, devices: Iterable[Device]) -> list[Candidate]:
    """Where each of these devices, all in reached areas, stands; without a shape all are inside."""
    if not audience.has_shape:
        return [Candidate(device, Standing.INSIDE) for device in devices]
    is_inside = inside(audience)
    return [Candidate(device, _standing(is_inside, device)) for device in devices]


def touched(tree: AreaTree, devices: Iterable[Device], audience: Audience) -> tuple[AreaId, ...]:
    """Areas with a device inside the shape, and open leaf areas whose own point lies inside; sorted."""
    is_inside = inside(audience)
    found = {each.area_id for each in devices if each.point is not None and is_inside(each.point)}
    found |= {
        area.id
        for area in tree
        if area.valid_to is None and area.point is not None and not tree.children(area.id) and is_inside(area.point)
    }
    return tuple(sorted(found))


def _standing(is_inside: Callable[[Point], bool], device: Device) -> Standing:
    if device.point is None:
        return Standing.UNKNOWN
    return Standing.INSIDE if is_inside(device.point) else Standing.OUTSIDE
