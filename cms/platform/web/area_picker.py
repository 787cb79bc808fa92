"""Area picker: the tree of places a person may choose, and the fewest names for those ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import g, request

from broadcast.bulletins import targeting
from broadcast.bulletins.model import Targets
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from province.areas import Area, AreaId, AreaTree, Point
from province.errors import NotFoundError
from province.people import Action


@dataclass(frozen=True)
class AreaNode:
    """One line of the picker. ``leaves`` counts the places without subdivisions, itself included."""

    id: AreaId
    name: str
    kind: str
    ticked: bool
    open: bool
    leaves: int
    children: tuple[AreaNode, ...] = ()
    point: Point | None = None


def forest(tree: AreaTree, targets: Targets, on: date, action: Action = Action.BULLETIN_WRITE) -> tuple[AreaNode, ...]:
    """Return the highest places for which the user may act, each with the places below it that are in force."""
    allowed = [area.id for area in tree if area.is_in_force(on) and request_context.can(action, area.id, tree)]
    roots = [tree.get(area_id) for area_id in tree.roots_of(allowed)]
    reached = frozenset(targeting.leaf_areas(targets, tree, on))
    top = sorted(roots, key=lambda area: (area.name, area.id))
    return tuple(_node(area, tree, reached, on, is_open=len(top) == 1) for area in top)


def ticked(node: AreaNode) -> int:
    """Count the ticked places without subdivisions."""
    return sum(map(ticked, node.children)) if node.children else int(node.ticked)


def _node(area: Area, tree: AreaTree, reached: frozenset[AreaId], on: date, *, is_open: bool = False) -> AreaNode:
    kids = tuple(_node(kid, tree, reached, on) for kid in tree.children(area.id) if kid.is_in_force(on))
    if not kids:
        name, is_ticked = messages.full_name(area), area.id in reached
        return AreaNode(area.id, name, area.kind, is_ticked, open=False, leaves=1, point=area.point)
    all_ticked = all(kid.ticked for kid in kids)
    some = any(kid.ticked or kid.open for kid in kids)
    return AreaNode(
        area.id,
        area.name,
        area.kind,
        all_ticked,
        open=is_open or (some and not all_ticked),
        leaves=sum(kid.leaves for kid in kids),
        children=kids,
    )


def targets_of(ticked: Iterable[str], tree: AreaTree, on: date, action: Action = Action.BULLETIN_WRITE) -> Targets:
    """Return the targets for the ticked places, by the highest names. Unknown ids are kept, for the rules to refuse."""
    known = [AreaId(name) for name in ticked if name in tree]
    unknown = sorted({AreaId(name) for name in ticked if name not in tree})
    covered = set(targeting.leaf_areas(Targets(tuple(known)), tree, on)) | set(known)
    for area in sorted(tree, key=lambda area: -len(tree.chain(area.id))):
        kids = [kid.id for kid in tree.children(area.id) if kid.is_in_force(on)]
        if kids and area.is_in_force(on) and all(kid in covered for kid in kids):
            covered.add(area.id)
    chosen = [area_id for area_id in covered if request_context.can(action, area_id, tree) or area_id in known]
    return Targets((*tree.roots_of(chosen), *unknown))


def choices(action: Action) -> Sequence[tuple[str, str]]:
    """Return options of a filter by place: all (empty id), then each where the user holds the right."""
    tree = messages.tree()
    mine = [area for area in tree if request_context.can(action, area.id, tree)]
    mine.sort(key=lambda area: (len(tree.chain(area.id)), area.name))
    return [("", _("All your areas")), *options(mine)]


def outermost_first(action: Action, before: Collection[AreaId] = ()) -> list[Area]:
    """Return areas in force where the user holds the right; those of ``before`` come first."""
    tree = messages.tree()
    return sorted(
        request_context.areas_where(action, tree),
        key=lambda area: (area.id not in before, len(tree.chain(area.id)), area.name),
    )


def as_in_tree(areas: Iterable[Area]) -> list[Area]:
    """Sort the areas by name, each below the one that it belongs to."""
    tree = messages.tree()
    return sorted(areas, key=lambda area: [tree.get(each).name for each in reversed(tree.chain(area.id))])


def options(areas: Iterable[Area]) -> list[tuple[AreaId, str]]:
    """Return options for a list of areas; it is complete, as an area left out could not be chosen."""
    return [(area.id, messages.full_name(area)) for area in areas]


def one_of(areas: Iterable[Area]) -> Sequence[tuple[str, str]]:
    """Return options of a form that needs one area: none yet (empty id), then each."""
    return [("", _("– choose –")), *options(areas)]


def asked(action: Action) -> Area:
    """Return the area of the query or the form, else the first where the user holds the right.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    tree = messages.tree_for(action)
    wanted = request.values.get("area", "")
    if not wanted:
        wanted = request_context.first(tree.roots_of(area.id for area in _in_force(action)), action)
    if wanted not in tree:
        raise NotFoundError("area", wanted[:40])
    request_context.require(action, (AreaId(wanted),), tree)
    return tree.get(AreaId(wanted))


def above(area: Area, action: Action) -> Area | None:
    """Return the parent area, if the user holds the right there."""
    tree = messages.tree()
    parent = tree.get(area.parent_id) if area.parent_id else None
    return parent if parent and request_context.can(action, parent.id, tree) else None


def indented(action: Action) -> list[tuple[AreaId, str]]:
    """Return options of the areas in force where the user holds the right: as in the tree, indented by depth."""
    tree, known = messages.tree(), {area.id for area in _in_force(action)}
    return [
        (area.id, "\u2003" * (len(tree.chain(area.id)) - len(tree.chain(root))) + messages.full_name(area))
        for root in tree.roots_of(known)
        for area in tree.subtree(root)
        if area.id in known
    ]


def _in_force(action: Action) -> list[Area]:
    """Return areas in force where the user holds the right, cached for the request."""
    known: dict[Action, list[Area]] = g.setdefault("areas_in_force", {})
    if action not in known:
        known[action] = request_context.areas_where(action, messages.tree())
    return known[action]
