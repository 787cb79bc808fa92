"""The tree of places: data, with no level hard-coded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NewType

from province.errors import AreaTreeError, NotFoundError, UnknownAreaError

AreaId = NewType("AreaId", str)


Outline = list[list[tuple[float, float]]]
"""Rings of latitude and longitude, each without its end, which is its beginning."""


@dataclass(frozen=True, slots=True)
class Point:
    """WGS 84 degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Area:
    """A node of the tree. Never deleted: ``valid_to`` is its first day out of force."""

    id: AreaId
    name: str
    kind: str
    parent_id: AreaId | None
    valid_from: date
    valid_to: date | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    point: Point | None = None
    predecessors: tuple[AreaId, ...] = ()

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class AreaTree:
    """An immutable view of areas, closed ones included.

    Raises:
        AreaTreeError: a parent is missing, or an area is its own ancestor or predecessor.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        self._areas = {area.id: area for area in areas}
        self._chains: dict[AreaId, tuple[AreaId, ...]] = {}
        self._lineages: dict[AreaId, frozenset[AreaId]] = {}
        for area_id in self._areas:
            self._chains[area_id] = self._build_chain(area_id)
            self._refuse_descent_loop(area_id)

    def __contains__(self, area_id: object) -> bool:
        return area_id in self._areas

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __len__(self) -> int:
        return len(self._areas)

    def known(self, text: str) -> AreaId:
        """Return the text as the id of an area of the tree. Raises NotFoundError if it is none."""
        if text not in self:
            raise NotFoundError("area", text)
        return AreaId(text)

    def get(self, area_id: AreaId) -> Area:
        """The area with this id.

        Raises:
            UnknownAreaError: there is none.
        """
        try:
            return self._areas[area_id]
        except KeyError:
            raise UnknownAreaError(area_id) from None

    def chain(self, area_id: AreaId) -> tuple[AreaId, ...]:
        """The area itself, its parent, and so on up to the root."""
        self.get(area_id)
        return self._chains[area_id]

    def is_within(self, area_id: AreaId, ancestor_id: AreaId) -> bool:
        """Return whether ``area_id`` is ``ancestor_id`` or lies below it."""
        return ancestor_id in self.chain(area_id)

    def children(self, area_id: AreaId | None) -> tuple[Area, ...]:
        """Direct children in name order; of ``None``, the roots."""
        return self._children.get(area_id, ())

    def subtree(self, area_id: AreaId) -> Iterator[Area]:
        """The area and everything below it, parents before children."""
        yield self.get(area_id)
        for child in self.children(area_id):
            yield from self.subtree(child.id)

    def leaves(self, area_id: AreaId) -> tuple[Area, ...]:
        """The areas below that have no children; the area itself if it has none."""
        return tuple(area for area in self.subtree(area_id) if not self.children(area.id))

    def roots_of(self, area_ids: Iterable[AreaId]) -> tuple[AreaId, ...]:
        """Return the same coverage without areas that lie below another of them, in a stable order."""
        wanted = set(area_ids)
        return tuple(sorted(a for a in wanted if not wanted.intersection(self.chain(a)[1:])))

    def origins(self, area_id: AreaId) -> tuple[AreaId, ...]:
        """Return the area and its predecessors, back through every reform.

        An area without predecessors of its own has those of the nearest area above that has any. Targets that name an
        origin, or anything above one, include this area.
        """
        found: dict[AreaId, None] = {area_id: None}
        for above in self.chain(area_id):
            known = [p for p in self._areas[above].predecessors if p in self._areas]
            if known:
                for predecessor in known:
                    found.update(dict.fromkeys(self.origins(predecessor)))
                break
        return tuple(found)

    def lineage(self, area_id: AreaId) -> frozenset[AreaId]:
        """The chains of all origins together."""
        known = self._lineages.get(area_id)
        if known is None:
            known = frozenset(above for origin in self.origins(area_id) for above in self.chain(origin))
            self._lineages[area_id] = known
        return known

    def heirs(self, area_id: AreaId) -> frozenset[AreaId]:
        """The areas not closed that an area has become: itself while open, else its successors', else its children's.

        So a closed district becomes the successors of its communes.
        """
        if self.get(area_id).valid_to is None:
            return frozenset({area_id})
        nexts = self._successors.get(area_id) or tuple(child.id for child in self.children(area_id))
        return frozenset(heir for each in nexts for heir in self.heirs(each))

    @cached_property
    def _successors(self) -> dict[AreaId, tuple[AreaId, ...]]:
        found: dict[AreaId, list[AreaId]] = {}
        for area in self._areas.values():
            for predecessor in area.predecessors:
                found.setdefault(predecessor, []).append(area.id)
        return {closed: tuple(sorted(heirs)) for closed, heirs in found.items()}

    @cached_property
    def _children(self) -> dict[AreaId | None, tuple[Area, ...]]:
        found: dict[AreaId | None, list[Area]] = {}
        for area in self._areas.values():
            found.setdefault(area.parent_id, []).append(area)
        return {parent: tuple(sorted(kids, key=lambda a: (a.name, a.id))) for parent, kids in found.items()}

    def _build_chain(self, area_id: AreaId) -> tuple[AreaId, ...]:
        chain: list[AreaId] = []
        at: AreaId | None = area_id
        while at is not None:
            if at in chain:
                raise AreaTreeError(area_id, "cycle")
            if at not in self._areas:
                raise AreaTreeError(area_id, "missing-parent")
            chain.append(at)
            at = self._areas[at].parent_id
        return tuple(chain)

    def _refuse_descent_loop(self, area_id: AreaId) -> None:
        seen: set[AreaId] = set()
        at = [p for p in self._areas[area_id].predecessors if p in self._areas]
        while at:
            if area_id in at:
                raise AreaTreeError(area_id, "descent-cycle")
            seen.update(at)
            at = [p for each in at for p in self._areas[each].predecessors if p in self._areas and p not in seen]
