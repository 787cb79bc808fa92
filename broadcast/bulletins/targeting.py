"""Targeting: the areas that a bulletin's targets reach, and the fewest messages that name them."""

from collections.abc import Iterable
from datetime import date

from broadcast.bulletins.model import Targets
from province.areas import AreaId, AreaTree


class TargetIndex:
    """Index of some areas (the planning areas, say) that tells which of them targets reach.

    An area is reached if it, something above it, or a closed area it came out of, is a target, and nothing of those
    is excluded: an exclusion always wins below it, as on the device. Targets the tree does not know reach nothing.
    """

    def __init__(self, tree: AreaTree, areas: Iterable[AreaId]) -> None:
        self._below: dict[AreaId, set[AreaId]] = {}
        for area_id in areas:
            for above in tree.lineage(area_id):
                self._below.setdefault(above, set()).add(area_id)

    def of(self, targets: Targets) -> tuple[AreaId, ...]:
        """Return the reached areas, sorted."""
        found: set[AreaId] = set()
        for area_id in targets.areas:
            found |= self._below.get(area_id, set())
        for area_id in targets.exclude:
            found -= self._below.get(area_id, set())
        return tuple(sorted(found))


def reached(targets: Targets, tree: AreaTree, areas: Iterable[AreaId]) -> tuple[AreaId, ...]:
    """Return the ``areas`` that the targets reach, sorted; for several targets use :class:`TargetIndex`."""
    return TargetIndex(tree, areas).of(targets)


def reaches(targets: Targets, tree: AreaTree, area_id: AreaId) -> bool:
    """Return whether that one area is reached."""
    return bool(reached(targets, tree, (area_id,)))


def leaf_areas(targets: Targets, tree: AreaTree, on: date) -> tuple[AreaId, ...]:
    """Return the reached areas in force that have no child in force, sorted."""
    parents = {area.parent_id for area in tree if area.is_in_force(on)}
    return reached(targets, tree, (area.id for area in tree if area.is_in_force(on) and area.id not in parents))


def wire_targets(targets: Targets, tree: AreaTree, attached: Iterable[AreaId]) -> Targets:
    """Return targets that exactly the reached ones of ``attached`` (areas with devices) hear, in few publishes.

    Each named area is one publish; exclusions cost none. Where more than half of what lies below an area is meant, the
    area is named and the rest excluded (PROTOCOL: 40 of 120 communes are 40 publishes, more than half is one).
    """
    held = tuple(attached)
    cover = _Cover(tree, frozenset(held), frozenset(reached(targets, tree, held)))
    for root in tree.children(None):
        cover.add(root.id)
    return Targets(tuple(sorted(cover.named)), tuple(sorted(cover.out)))


class _Cover:
    def __init__(self, tree: AreaTree, held: frozenset[AreaId], meant: frozenset[AreaId]) -> None:
        self._tree = tree
        self._held = held
        self._meant = meant
        self.named: set[AreaId] = set()
        self.out: set[AreaId] = set()

    def add(self, area_id: AreaId) -> None:
        below = [area.id for area in self._tree.subtree(area_id) if area.id in self._held]
        meant = [a for a in below if a in self._meant]
        if not meant:
            return
        silent = self._silent_tops(area_id)
        if area_id in self._meant or (silent is not None and 2 * len(meant) > len(below)):
            self.named.add(area_id)
            self.out.update(silent or ())
            return
        for child in self._tree.children(area_id):
            self.add(child.id)

    def _silent_tops(self, area_id: AreaId) -> set[AreaId] | None:
        """Return the highest areas to exclude below a named one; None where one not meant has meant ones below it."""
        below = [area.id for area in self._tree.subtree(area_id) if area.id in self._held]
        if not below:
            return set()
        if self._meant.isdisjoint(below):
            return {area_id}
        if area_id in self._held and area_id not in self._meant:
            return None
        parts = [self._silent_tops(child.id) for child in self._tree.children(area_id)]
        known = [part for part in parts if part is not None]
        return set().union(*known) if len(known) == len(parts) else None
