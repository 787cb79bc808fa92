from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.model import BulletinId
from broadcast.sessions.model import ItemKey, ItemRole
from broadcast.sessions.placement import NoPlace, OrderItem, SessionPlacement, place_items

LENGTH, GAP = 1_800_000, 200


def key(name: object) -> ItemKey:
    return ItemKey(BulletinId(f"b{name}"), "1")


def item(name: object, seconds: float, role: ItemRole = ItemRole.ITEM, **more: int) -> OrderItem:
    return OrderItem(key(name), round(seconds * 1000), role, **more)


def placed(*items: OrderItem, length_ms: int = LENGTH, gap_ms: int = GAP, from_ms: int = 0) -> SessionPlacement:
    return place_items(items, length_ms=length_ms, gap_ms=gap_ms, from_ms=from_ms)


def starts(found: SessionPlacement) -> dict[str, int]:
    return {each.key.bulletin_id: each.start_ms for each in found.placed}


def test_each_item_begins_where_the_one_before_ends_plus_the_pause() -> None:
    found = placed(item(1, 60), item(2, 30), item(3, 10))
    assert starts(found) == {"b1": 0, "b2": 60_200, "b3": 90_400}
    assert found.sounding_ms == 100_000
    assert found.end_ms == 100_400


def test_nothing_has_no_end() -> None:
    assert placed() == SessionPlacement((), ())
    assert placed().end_ms == 0


def test_an_anchored_item_begins_exactly_then_and_what_does_not_fit_before_it_waits() -> None:
    found = placed(item(1, 500), item(2, 500), item("news", 300, anchor_ms=900_000), item(3, 60))
    assert starts(found) == {"b1": 0, "bnews": 900_000, "b2": 1_200_200, "b3": 1_700_400}


def test_an_item_listed_after_an_anchored_one_is_heard_after_it() -> None:
    found = placed(item(1, 60), item("news", 300, anchor_ms=900_000), item(2, 60))
    assert starts(found)["b2"] == 1_200_200


def test_opening_comes_first_and_closing_last_wherever_they_are_listed() -> None:
    closing, opening = item("end", 10, ItemRole.CLOSING), item("begin", 10, ItemRole.OPENING)
    found = placed(closing, item(1, 60), opening)
    assert [each.key.bulletin_id for each in found.placed] == ["bbegin", "b1", "bend"]


def test_the_closing_keeps_its_time_and_what_does_not_fit_any_more_has_no_place() -> None:
    found = placed(item(1, 100), item(2, 90), item(3, 5), item("end", 10, ItemRole.CLOSING), length_ms=120_000)
    assert starts(found) == {"b1": 0, "b3": 100_200, "bend": 105_400}
    assert found.unplaced == ((key(2), NoPlace.FULL),)


def test_fill_takes_the_time_before_an_anchor_and_only_that_which_is_left() -> None:
    fill, long = item("fill", 100, ItemRole.FILL), item("long", 2000, ItemRole.FILL)
    found = placed(fill, long, item(1, 60), item("news", 300, anchor_ms=900_000), item(2, 60))
    assert starts(found)["bfill"] == 60_200
    assert found.unplaced == ((key("long"), NoPlace.FULL),)


def test_fill_is_heard_at_the_end_before_the_closing() -> None:
    found = placed(item(1, 60), item("fill", 30, ItemRole.FILL), item("end", 10, ItemRole.CLOSING))
    assert [each.key.bulletin_id for each in found.placed] == ["b1", "bfill", "bend"]


@pytest.mark.parametrize("anchor_ms", [-1, 1_790_000, 30_000])
def test_an_anchor_outside_or_taken_has_no_place(anchor_ms: int) -> None:
    found = placed(item("first", 60, anchor_ms=0), item("news", 30, anchor_ms=anchor_ms))
    assert found.unplaced == ((key("news"), NoPlace.ANCHOR),)


def test_what_has_begun_stays_and_the_rest_moves_up_behind_it() -> None:
    found = placed(item(1, 60, begun_ms=0), item(3, 30), from_ms=20_000)
    assert starts(found) == {"b1": 0, "b3": 60_200}


def test_nothing_begins_earlier_than_a_device_can_know_of_it() -> None:
    found = placed(item(1, 60, begun_ms=0), item(3, 30), item("late", 10, anchor_ms=70_000), from_ms=90_000)
    assert starts(found) == {"b1": 0, "b3": 90_000}
    assert found.unplaced == ((key("late"), NoPlace.ANCHOR),)


def test_a_closing_without_time_left_is_not_heard() -> None:
    found = placed(item("news", 60, anchor_ms=60_000), item("end", 30, ItemRole.CLOSING), length_ms=125_000)
    assert found.unplaced == ((key("end"), NoPlace.FULL),)


roles = st.sampled_from(ItemRole)
lengths = st.integers(min_value=1, max_value=900_000)
anchors = st.none() | st.integers(min_value=-1000, max_value=LENGTH + 1000)
any_items = st.lists(st.tuples(lengths, roles, anchors), max_size=14).map(
    lambda found: [OrderItem(key(n), length, role, anchor) for n, (length, role, anchor) in enumerate(found)]
)


@given(any_items, st.integers(0, 5_000), st.integers(0, LENGTH))
def test_items_never_overlap_and_lie_within_the_session(items: list[OrderItem], gap_ms: int, from_ms: int) -> None:
    found = placed(*items, gap_ms=gap_ms, from_ms=from_ms)
    assert all(earlier.end_ms <= later.start_ms for earlier, later in pairwise(found.placed))
    assert all(from_ms <= each.start_ms and each.end_ms <= LENGTH for each in found.placed)
    anchored = {each.key for each in items if each.anchor_ms is not None}
    for earlier, later in pairwise(found.placed):
        if not {earlier.key, later.key} <= anchored:
            assert later.start_ms - earlier.end_ms >= gap_ms


@given(any_items)
def test_each_item_has_one_place_or_one_reason_for_none(items: list[OrderItem]) -> None:
    found = placed(*items)
    named = [each.key for each in found.placed] + [each for each, _ in found.unplaced]
    assert sorted(named, key=str) == sorted((each.key for each in items), key=str)
    assert found == placed(*items)


@given(any_items)
def test_anchors_are_kept_to_the_millisecond(items: list[OrderItem]) -> None:
    at = {each.key: each.start_ms for each in placed(*items).placed}
    for each in items:
        if each.anchor_ms is not None and each.key in at:
            assert at[each.key] == each.anchor_ms


@given(any_items)
def test_floating_items_keep_their_order(items: list[OrderItem]) -> None:
    floating = [each.key for each in items if each.role is ItemRole.ITEM and each.anchor_ms is None]
    heard = [each.key for each in placed(*items).placed if each.key in floating]
    assert heard == [each for each in floating if each in heard]


@given(st.lists(lengths, max_size=12), st.integers(0, 5_000))
def test_without_anchors_there_is_no_idle_time_between_items(seconds: list[int], gap_ms: int) -> None:
    found = placed(*(OrderItem(key(n), length) for n, length in enumerate(seconds)), gap_ms=gap_ms)
    assert all(later.start_ms - earlier.end_ms == gap_ms for earlier, later in pairwise(found.placed))
