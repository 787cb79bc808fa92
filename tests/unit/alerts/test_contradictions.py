"""Consistency of what alerts say in one place: every pair, and updates that leave places out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.alerts.cap.message import ResponseType
from broadcast.alerts.contradictions import (
    Contradiction,
    ContradictionKind,
    PublicMessage,
    UncheckedSpeech,
    contradictions,
    left_out,
    unchecked,
)
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertId
from province.areas import AreaId

A, B, C = map(AreaId, "abc")
K, R = ContradictionKind, ResponseType
FLOOD = PublicMessage(
    AlertId("flood"),
    "Lên nơi cao",
    Hazard.FLOOD,
    AlertLevel.TWO,
    is_drill=False,
    is_calm=False,
    responses=frozenset({R.EVACUATE}),
    places=frozenset({A, B}),
)
STORM = replace(
    FLOOD, id=AlertId("storm"), hazard=Hazard.STORM, responses=frozenset({R.SHELTER}), places=frozenset({B, C})
)
MESSAGES = st.builds(
    PublicMessage,
    id=st.text("xyz", min_size=4, max_size=8).map(AlertId),
    headline=st.just(""),
    hazard=st.sampled_from([Hazard.FLOOD, Hazard.STORM]),
    level=st.sampled_from(AlertLevel),
    is_drill=st.booleans(),
    is_calm=st.booleans(),
    responses=st.frozensets(st.sampled_from(ResponseType), max_size=2),
    places=st.frozensets(st.sampled_from([A, B, C]), max_size=3),
)


def kinds(*messages: PublicMessage) -> list[ContradictionKind]:
    return [each.kind for each in contradictions(messages)]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (STORM, [K.OPPOSED]),
        (replace(STORM, is_drill=True), []),
        (replace(STORM, places=frozenset({C})), []),
        (replace(STORM, responses=frozenset({R.PREPARE})), []),
        (replace(STORM, is_calm=True), [K.CALM]),
        (replace(STORM, hazard=Hazard.FLOOD, responses=frozenset({R.AVOID}), level=AlertLevel.ONE), [K.LOWER]),
        (replace(FLOOD, id=AlertId("again")), []),
    ],
)
def test_what_a_person_cannot_obey_or_tell_apart_is_found(other: PublicMessage, found: list[ContradictionKind]) -> None:
    assert kinds(FLOOD, other) == found
    assert kinds(other, FLOOD) == found


def test_two_all_clears_and_the_common_places_alone() -> None:
    assert kinds(replace(FLOOD, is_calm=True), replace(STORM, is_calm=True)) == []
    (found,) = contradictions([FLOOD, STORM])
    assert found == Contradiction(K.OPPOSED, (FLOOD.id, STORM.id), frozenset({B}))


def test_speech_that_nobody_compared_is_named_beside_each_live_warning_of_its_places() -> None:
    speech = UncheckedSpeech("Tiếp sóng", frozenset({B, C}))
    elsewhere = UncheckedSpeech("Nơi khác", frozenset({C}))
    calm, drill = replace(FLOOD, is_calm=True), replace(FLOOD, is_drill=True)
    assert unchecked([FLOOD, calm, drill], [elsewhere, speech]) == [
        Contradiction(K.UNCHECKED, (FLOOD.id,), frozenset({B}), speech="Tiếp sóng")
    ]
    assert unchecked([FLOOD], []) == []


@given(st.lists(MESSAGES, max_size=5))
def test_the_order_of_messages_changes_nothing_and_each_pair_shares_the_places(messages: list[PublicMessage]) -> None:
    found = contradictions(messages)
    back = contradictions(messages[::-1])
    assert {(each.kind, frozenset(each.ids), each.places) for each in found} == {
        (each.kind, frozenset(each.ids), each.places) for each in back
    }
    ranks = [list(ContradictionKind).index(each.kind) for each in found]
    assert ranks == sorted(ranks)
    for each in found:
        pairs = [m for m in messages if m.id in each.ids]
        assert each.places
        assert any(each.places <= message.places for message in pairs)
        assert len({message.is_drill for message in pairs}) <= len(pairs)


def test_an_update_that_narrows_names_where_the_older_alert_goes_on_and_where_it_ends_without_a_word() -> None:
    new = replace(FLOOD, id=AlertId("new"), places=frozenset({A}))
    assert left_out(FLOOD, new, frozenset({A})) == [Contradiction(K.GOES_ON, (FLOOD.id,), frozenset({B}))]
    assert left_out(FLOOD, new, frozenset({A, B})) == [Contradiction(K.UNSAID, (FLOOD.id,), frozenset({B}))]
    assert left_out(FLOOD, replace(new, places=FLOOD.places), frozenset({A, B})) == []
    assert left_out(FLOOD, replace(new, is_calm=True), frozenset({A})) == ()


@given(st.frozensets(st.sampled_from([A, B, C])), st.frozensets(st.sampled_from([A, B, C])))
def test_every_place_left_out_is_told_once(new: frozenset[AreaId], ended: frozenset[AreaId]) -> None:
    old = replace(FLOOD, places=frozenset({A, B, C}))
    found = left_out(old, replace(FLOOD, places=new), ended)
    told = [place for each in found for place in each.places]
    assert sorted(told) == sorted(old.places - new)
