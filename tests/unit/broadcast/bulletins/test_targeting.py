from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import leaf_areas, reached, reaches, wire_targets
from province.areas import AreaId, AreaTree
from tests.fakes.programme import AREAS, C1, C2, C3, COMMUNES, MONDAY, NORTH, PROVINCE, SOUTH, TREE, area

EVERYWHERE = (*COMMUNES, NORTH, SOUTH, PROVINCE)


def test_a_target_reaches_itself_and_everything_below() -> None:
    assert reached(Targets((NORTH,)), TREE, EVERYWHERE) == (NORTH, C1, C2)
    assert reaches(Targets((C1,)), TREE, C1)
    assert not reaches(Targets((C1,)), TREE, NORTH)


def test_an_exclusion_wins_below_it_even_over_a_nearer_target() -> None:
    targets = Targets((PROVINCE, C1), (NORTH,))
    assert reached(targets, TREE, COMMUNES) == (C3,)


def test_no_targets_and_unknown_targets_reach_nothing() -> None:
    assert reached(Targets(), TREE, COMMUNES) == ()
    assert reached(Targets((AreaId("nowhere"),), (AreaId("nowhere"),)), TREE, COMMUNES) == ()


def test_a_target_that_was_closed_reaches_what_it_became() -> None:
    old, new = AreaId("p-n-1"), AreaId("q-1")
    areas = [replace(a, valid_to=date(2025, 7, 1)) if a.id == old else a for a in AREAS]
    tree = AreaTree([*areas, area(new, PROVINCE, predecessors=(old,))])
    assert reached(Targets((old,)), tree, (new, C2)) == (new,)
    assert reached(Targets((PROVINCE,), (old,)), tree, (new, C2)) == (C2,)


def test_leaf_areas_are_the_reached_ones_without_children_in_force() -> None:
    closed = [replace(a, valid_to=MONDAY) if a.id == C3 else a for a in AREAS]
    tree = AreaTree(closed)
    assert leaf_areas(Targets((PROVINCE,), (C1,)), tree, MONDAY) == (C2, SOUTH)
    assert leaf_areas(Targets((PROVINCE,)), tree, date(2026, 3, 1)) == (C1, C2, C3)


def test_few_publishes_name_the_children_and_many_the_parent() -> None:
    assert wire_targets(Targets((C1,)), TREE, COMMUNES) == Targets((C1,))
    assert wire_targets(Targets((C1, C2)), TREE, COMMUNES) == Targets((PROVINCE,), (SOUTH,))
    assert wire_targets(Targets((PROVINCE,)), TREE, COMMUNES) == Targets((PROVINCE,))
    assert wire_targets(Targets((C1, C3)), TREE, (*COMMUNES, PROVINCE)) == Targets((C1, SOUTH))


def test_a_parent_with_devices_of_its_own_that_are_not_meant_is_never_named() -> None:
    assert wire_targets(Targets((C1, C2)), TREE, (C1, C2, NORTH)) == Targets((C1, C2))


def _big() -> AreaTree:
    districts = [area(AreaId(f"p-{d}"), PROVINCE) for d in range(3)]
    communes = [area(AreaId(f"p-{d}-{c}"), AreaId(f"p-{d}")) for d in range(3) for c in range(4)]
    return AreaTree([area(PROVINCE, None), *districts, *communes])


BIG = _big()
SOME = st.lists(st.sampled_from(sorted(a.id for a in BIG)), max_size=8, unique=True).map(tuple)


@given(areas=SOME, exclude=SOME, attached=SOME)
def test_what_is_published_is_heard_exactly_where_it_is_meant(
    areas: tuple[AreaId, ...], exclude: tuple[AreaId, ...], attached: tuple[AreaId, ...]
) -> None:
    targets = Targets(areas, exclude)
    said = wire_targets(targets, BIG, attached)
    heard = {
        a
        for a in attached
        if not set(said.areas).isdisjoint(BIG.chain(a)) and set(said.exclude).isdisjoint(BIG.chain(a))
    }
    assert heard == set(reached(targets, BIG, attached))
    assert len(said.areas) <= len(heard)
