"""The tree of places to tick: what a person may choose, and the fewest names for what was ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from broadcast import targeting
from broadcast.model.bulletins import Targets
from cms.web import sentences, visit
from cms.web.languages import _
from province.areas import Area, AreaId, AreaTree
from province.people import Action


@dataclass(frozen=True)
class Node:
    """One line of the picker. ``leaves`` counts the places without a part of their own, itself included."""

    id: AreaId
    name: str
    kind: str
    ticked: bool
    open: bool
    leaves: int
    children: tuple[Node, ...] = ()


def forest(tree: AreaTree, targets: Targets, on: date, action: Action = Action.BULLETIN_WRITE) -> tuple[Node, ...]:
    """The highest places the visitor may act for, each with what lies below it and is in force."""
    allowed = [area.id for area in tree if area.is_in_force(on) and visit.can(action, area.id, tree)]
    roots = [tree.get(area_id) for area_id in tree.roots_of(allowed)]
    reached = frozenset(targeting.leaf_areas(targets, tree, on))
    top = sorted(roots, key=lambda area: (area.name, area.id))
    return tuple(_node(area, tree, reached, on, is_open=len(top) == 1) for area in top)


def ticked(node: Node) -> int:
    """How many places without a part of their own are ticked there."""
    return sum(map(ticked, node.children)) if node.children else int(node.ticked)


def _node(area: Area, tree: AreaTree, reached: frozenset[AreaId], on: date, *, is_open: bool = False) -> Node:
    kids = tuple(_node(kid, tree, reached, on) for kid in tree.children(area.id) if kid.is_in_force(on))
    if not kids:
        return Node(area.id, sentences.full_name(area), area.kind, area.id in reached, open=False, leaves=1)
    all_ticked = all(kid.ticked for kid in kids)
    some = any(kid.ticked or kid.open for kid in kids)
    return Node(
        area.id,
        area.name,
        area.kind,
        all_ticked,
        open=is_open or (some and not all_ticked),
        leaves=sum(kid.leaves for kid in kids),
        children=kids,
    )


def targets_of(ticked: Iterable[str], tree: AreaTree, on: date, action: Action = Action.BULLETIN_WRITE) -> Targets:
    """The coverage of the ticked places, said with the highest names. Unknown ones stay, to be refused."""
    known = [AreaId(name) for name in ticked if name in tree]
    unknown = sorted({AreaId(name) for name in ticked if name not in tree})
    covered = set(targeting.leaf_areas(Targets(tuple(known)), tree, on)) | set(known)
    for area in sorted(tree, key=lambda area: -len(tree.chain(area.id))):
        kids = [kid.id for kid in tree.children(area.id) if kid.is_in_force(on)]
        if kids and area.is_in_force(on) and all(kid in covered for kid in kids):
            covered.add(area.id)
    chosen = [area_id for area_id in covered if visit.can(action, area_id, tree) or area_id in known]
    return Targets((*tree.roots_of(chosen), *unknown))


def choices(action: Action) -> Sequence[tuple[str, str]]:
    """For a list that is narrowed to a place: all together (empty id), then each where the visitor may do it."""
    tree = sentences.tree()
    mine = [area for area in tree if visit.can(action, area.id, tree)]
    mine.sort(key=lambda area: (len(tree.chain(area.id)), area.name))
    return [("", _("Mọi địa bàn của bạn")), *options(mine)]


def outermost_first(action: Action, before: Collection[AreaId] = ()) -> list[Area]:
    """Those in force in which the visitor may do it, of ``before`` ahead of all others."""
    tree = sentences.tree()
    return sorted(
        visit.areas_where(action, tree),
        key=lambda area: (area.id not in before, len(tree.chain(area.id)), area.name),
    )


def options(areas: Iterable[Area]) -> list[tuple[AreaId, str]]:
    """For a list to choose from. It names all of them: what is left out, nobody can choose."""
    return [(area.id, sentences.full_name(area)) for area in areas]


def one_of(areas: Iterable[Area]) -> Sequence[tuple[str, str]]:
    """For a form that wants one of them: none yet (empty id), then each."""
    return [("", _("– chọn –")), *options(areas)]
