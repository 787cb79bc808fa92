"""Call of a service: rights of its actor, audit events in its name, and the id of what it makes."""

from __future__ import annotations

import pytest

from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import NotAllowedError
from province.events import Event
from province.people import Action, Actor, UserId
from tests.fakes.authority import FixedAuthority
from tests.fakes.ids import counting_ids
from tests.fakes.programme import NOW

LAN = Actor(UserId("u-lan"), "Nguyễn Thị Lan", ())
XA = AreaId("xa-1")


def call_by_lan(authority: FixedAuthority) -> Call:
    return Call(LAN, authority, NOW, counting_ids("x"))


def test_a_right_is_asked_of_the_authority_in_the_actors_name() -> None:
    authority = FixedAuthority(refused=frozenset({Action.ALERT_CANCEL}))
    call = call_by_lan(authority)
    call.require(Action.ALERT_RAISE, [XA], AreaTree(()))
    assert authority.asked == [(LAN.user_id, Action.ALERT_RAISE, (XA,))]
    with pytest.raises(NotAllowedError):
        call.require(Action.ALERT_CANCEL, [XA], AreaTree(()))


def test_an_event_names_its_actor_and_the_instant_of_the_call() -> None:
    made = call_by_lan(FixedAuthority()).event("word.taught", "w1", area=XA)
    assert made == Event("word.taught", "w1", NOW, LAN.user_id, LAN.name, {"area": XA})


def test_what_a_call_makes_gets_the_id_that_was_given_for_it() -> None:
    call = call_by_lan(FixedAuthority())
    named = call.with_id("b7")
    assert (named.new_id(), named.new_id()) == ("b7", "b7")
    assert (named.actor, named.now) == (call.actor, call.now)
    assert (call.new_id(), call.new_id()) == ("x1", "x2")
