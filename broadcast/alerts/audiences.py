"""Devices in the audience of an alert, as far as their positions are known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from broadcast.alerts.model import Audience
from broadcast.alerts.shapes import inside
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import TargetIndex
from devices.model import Device, Posts
from province.areas import AreaId, AreaTree, Point


class ShapePosition(StrEnum):
    """Position relative to the shape. UNKNOWN devices count as meant: without a position they go by areas alone."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AudienceDevice:
    """A device in a reached area."""

    device: Device
    standing: ShapePosition

    @property
    def is_meant(self) -> bool:
        return self.standing is not ShapePosition.OUTSIDE


@dataclass(frozen=True, slots=True)
class AreaHearers:
    """Counts of devices in one area that the audience reaches; ``offline`` of those meant are not connected."""

    area_id: AreaId
    area_name: str
    inside: int = 0
    outside: int = 0
    unknown: int = 0
    offline: int = 0

    @property
    def meant(self) -> int:
        return self.inside + self.unknown


class PlaceIndex:
    """Index of the places that audiences mean, whether they hold devices or not; made once for several questions."""

    def __init__(self, tree: AreaTree) -> None:
        self._tree = tree
        self._index = TargetIndex(tree, (area.id for area in tree))

    def of(self, audience: Audience) -> tuple[AreaId, ...]:
        """Return every place that the audience means, sorted."""
        return self._index.of(audience.targets)

    def common(self, one: Audience, other: Audience) -> tuple[AreaId, ...]:
        """Return the places that both mean with all that lies below them, in the highest names."""
        both = frozenset(self.of(one)).intersection(self.of(other))
        return self._tree.roots_of(
            area_id for area_id in both if all(below.id in both for below in self._tree.subtree(area_id))
        )

    def lowest(self, audience: Audience) -> frozenset[AreaId]:
        """Return those of its places that have none below them."""
        return frozenset(area_id for area_id in self.of(audience) if not self._tree.children(area_id))

    def left(self, audience: Audience, gone: frozenset[AreaId]) -> Audience:
        """Return the audience without these of its lowest places."""
        kept = frozenset(self.of(audience)) - gone
        whole = {area_id for area_id in kept if all(below.id in kept for below in self._tree.subtree(area_id))}
        return replace(audience, targets=Targets(self._tree.roots_of(whole)))


def standing(audience: Audience, devices: Iterable[Device]) -> list[AudienceDevice]:
    """Locate each device, all in reached areas, against the shape; without a shape all are inside."""
    if not audience.has_shape:
        return [AudienceDevice(device, ShapePosition.INSIDE) for device in devices]
    is_inside = inside(audience)
    return [AudienceDevice(device, standing_at(is_inside, device.point)) for device in devices]


def counted(tree: AreaTree, audience: Audience, posts: Iterable[Posts]) -> tuple[AreaHearers, ...]:
    """Count devices by their position, all in reached areas; sorted by the area's name."""
    is_inside = inside(audience) if audience.has_shape else None
    found: dict[AreaId, AreaHearers] = {}
    for each in posts:
        known = found.get(each.area_id) or AreaHearers(each.area_id, tree.get(each.area_id).name)
        within = each.count if is_inside is None else sum(map(is_inside, each.points))
        unknown = 0 if is_inside is None else each.count - len(each.points)
        found[each.area_id] = replace(
            known,
            inside=known.inside + within,
            outside=known.outside + each.count - within - unknown,
            unknown=known.unknown + unknown,
            offline=known.offline + (0 if each.is_online else within + unknown),
        )
    return tuple(sorted(found.values(), key=lambda area: (area.area_name, area.area_id)))


def touched(tree: AreaTree, posts: Iterable[Posts], audience: Audience) -> tuple[AreaId, ...]:
    """Return areas with a device inside the shape, and open leaf areas whose own point lies inside; sorted."""
    is_inside = inside(audience)
    found = {each.area_id for each in posts if any(map(is_inside, each.points))}
    found |= {
        area.id
        for area in tree
        if area.valid_to is None and area.point is not None and not tree.children(area.id) and is_inside(area.point)
    }
    return tuple(sorted(found))


def standing_at(is_inside: Callable[[Point], bool], point: Point | None) -> ShapePosition:
    """Locate a point against a shape."""
    if point is None:
        return ShapePosition.UNKNOWN
    return ShapePosition.INSIDE if is_inside(point) else ShapePosition.OUTSIDE
