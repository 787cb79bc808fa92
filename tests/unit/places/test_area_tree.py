from __future__ import annotations

from datetime import date

import pytest

from province.areas import Area, AreaId, AreaTree
from province.errors import AreaTreeError, NotFoundError, UnknownAreaError

SINCE, REFORM = date(2000, 1, 1), date(2025, 7, 1)


def area(name: str, parent: str | None = None, *, out_of: tuple[str, ...] = (), closed: bool = False) -> Area:
    above = None if parent is None else AreaId(parent)
    return Area(
        AreaId(name), name, "x", above, SINCE, REFORM if closed else None, predecessors=tuple(map(AreaId, out_of))
    )


TREE = AreaTree(
    [
        area("old-p", closed=True),
        area("old-d", "old-p", closed=True),
        area("x", "old-d", closed=True),
        area("y", "old-d", closed=True),
        area("z", "old-p", closed=True),
        area("new-p"),
        area("a", "new-p", out_of=("x", "y")),
        area("b", "new-p", out_of=("y", "z", "not-loaded")),
        area("hamlet", "a"),
        area("c", "new-p"),
    ]
)


def ids(*names: str) -> set[AreaId]:
    return set(map(AreaId, names))


def test_a_chain_leads_from_the_area_to_the_root() -> None:
    assert TREE.chain(AreaId("hamlet")) == ("hamlet", "a", "new-p")
    assert TREE.is_within(AreaId("hamlet"), AreaId("new-p"))
    assert not TREE.is_within(AreaId("new-p"), AreaId("hamlet"))


def test_children_stand_in_name_order_and_leaves_have_none() -> None:
    assert [child.id for child in TREE.children(AreaId("new-p"))] == ["a", "b", "c"]
    assert [root.id for root in TREE.children(None)] == ["new-p", "old-p"]
    assert {leaf.id for leaf in TREE.leaves(AreaId("new-p"))} == ids("hamlet", "b", "c")
    assert [each.id for each in TREE.subtree(AreaId("a"))] == ["a", "hamlet"]


def test_what_lies_below_another_is_left_out_of_the_roots() -> None:
    assert TREE.roots_of(map(AreaId, ("hamlet", "a", "c"))) == ("a", "c")


def test_an_area_descends_from_what_it_came_out_of() -> None:
    assert set(TREE.origins(AreaId("a"))) == ids("a", "x", "y")
    assert TREE.lineage(AreaId("a")) == ids("a", "new-p", "x", "y", "old-d", "old-p")
    assert TREE.lineage(AreaId("a")) == TREE.lineage(AreaId("a"))


def test_what_lies_below_shares_the_descent() -> None:
    assert set(TREE.origins(AreaId("hamlet"))) == ids("hamlet", "x", "y")


def test_predecessors_that_are_not_loaded_are_passed_over() -> None:
    assert set(TREE.origins(AreaId("b"))) == ids("b", "y", "z")


def test_an_area_without_predecessors_descends_from_itself_alone() -> None:
    assert TREE.origins(AreaId("c")) == ("c",)
    assert TREE.lineage(AreaId("c")) == ids("c", "new-p")


def test_descent_goes_through_several_reforms() -> None:
    tree = AreaTree([area("1", closed=True), area("2", out_of=("1",), closed=True), area("3", out_of=("2",))])
    assert set(tree.origins(AreaId("3"))) == ids("1", "2", "3")
    assert tree.heirs(AreaId("1")) == ids("3")


@pytest.mark.parametrize(
    ("closed", "heirs"),
    [("x", {"a"}), ("y", {"a", "b"}), ("old-d", {"a", "b"}), ("old-p", {"a", "b"}), ("c", {"c"})],
)
def test_a_closed_area_has_become_its_successors_or_those_of_its_children(closed: str, heirs: set[str]) -> None:
    assert TREE.heirs(AreaId(closed)) == heirs


def test_a_closed_area_that_nobody_succeeds_has_no_heirs() -> None:
    assert AreaTree([area("gone", closed=True)]).heirs(AreaId("gone")) == frozenset()


def test_a_missing_parent_is_refused() -> None:
    with pytest.raises(AreaTreeError) as caught:
        AreaTree([area("a", "nowhere")])
    assert caught.value.reason == "missing-parent"


def test_an_area_that_is_its_own_ancestor_is_refused() -> None:
    with pytest.raises(AreaTreeError) as caught:
        AreaTree([area("a", "b"), area("b", "a")])
    assert caught.value.reason == "cycle"


def test_an_area_that_came_out_of_itself_is_refused() -> None:
    with pytest.raises(AreaTreeError) as caught:
        AreaTree([area("a", out_of=("b",)), area("b", out_of=("a",))])
    assert caught.value.reason == "descent-cycle"


def test_an_unknown_area_is_refused() -> None:
    with pytest.raises(UnknownAreaError):
        TREE.get(AreaId("nowhere"))
    with pytest.raises(NotFoundError):
        TREE.known("nowhere")
    assert AreaId("nowhere") not in TREE


def test_an_area_is_in_force_from_its_first_day_until_the_day_before_its_last() -> None:
    closed = TREE.get(AreaId("x"))
    assert not closed.is_in_force(date(1999, 12, 31))
    assert closed.is_in_force(SINCE)
    assert closed.is_in_force(date(2025, 6, 30))
    assert not closed.is_in_force(REFORM)
    assert TREE.get(AreaId("a")).is_in_force(date(2100, 1, 1))
    assert len(TREE) == len(list(TREE))
