from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from broadcast.scheduling.area_rules import Exemption, ExemptionId, ExemptionState
from cms.areas.repository import Places
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import calendar
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action, Actor, UserId
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, C3, COMMUNES, NOW, PROVINCE, REVIEWER

TODAY = (NOW + timedelta(hours=7)).date()


def _ask(world: World, **more: Any) -> Exemption:
    asked: dict[str, Any] = {"area_id": PROVINCE, "on": TODAY, "reason": " Lễ hội ", "actor": AUTHOR, **more}
    return calendar.ask_exemption(
        world.store(), **with_call({"authority": world.authority, "now": NOW, "new_id": world.new_id, **asked})
    )


def _decide(world: World, found: Exemption, **more: Any) -> Exemption:
    asked: dict[str, Any] = {"confirms": True, "actor": REVIEWER, **more}
    return calendar.decide_exemption(
        world.store(), found.id, **with_call({"authority": world.authority, "now": NOW, **asked})
    )


def _exempt_on(world: World, area_id: AreaId) -> tuple[date, ...]:
    with world.store() as uow:
        return uow[Places].rules(area_id).exempt_on


def test_a_date_without_quota_takes_a_second_person_and_is_planned_anew_below() -> None:
    world = World()
    asked = _ask(world)
    assert (asked.reason, asked.state, asked.asked_by) == ("Lễ hội", ExemptionState.PROPOSED, AUTHOR.user_id)
    assert _exempt_on(world, C1) == ()
    world.store.clear_outbox()
    with pytest.raises(NotAllowedError) as refused:
        _decide(world, asked, actor=AUTHOR)
    assert refused.value.reason == "OWN_EXEMPTION"
    confirmed = _decide(world, asked)
    assert (confirmed.state, confirmed.decided_by_name) == (ExemptionState.CONFIRMED, REVIEWER.name)
    assert _exempt_on(world, C1) == (TODAY,)
    assert [(row.kind, row.subject_id) for row in world.store.outbox()] == [
        (OutboxKind.PLAN, area_id) for area_id in sorted(COMMUNES)
    ]
    assert world.events()[-2:] == ["exemption.asked", "exemption.confirmed"]


def test_a_declined_one_has_no_effect_and_may_be_asked_for_again() -> None:
    world = World()
    declined = _decide(world, _ask(world, area_id=C1), confirms=False)
    assert declined.state is ExemptionState.DECLINED
    assert _exempt_on(world, C1) == ()
    with pytest.raises(NotPossibleError):
        _decide(world, declined)
    _decide(world, _ask(world, area_id=C1))
    assert (_exempt_on(world, C1), _exempt_on(world, C2), _exempt_on(world, C3)) == ((TODAY,), (), ())


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"reason": " "}, ("reason", "MISSING")),
        ({"reason": "x" * 501}, ("reason", "TOO_LONG")),
        ({"on": TODAY - timedelta(days=1)}, ("on", "SLOT_TOO_LONG")),
        ({"on": TODAY + timedelta(days=367)}, ("on", "SLOT_TOO_LONG")),
        ({"area_id": AreaId("nowhere")}, ("area", "AREA_UNKNOWN")),
    ],
)
def test_what_is_wrong_with_it_is_named(wrong: dict[str, Any], problem: tuple[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        _ask(World(), **wrong)
    assert [(each.field, each.code) for each in refused.value.problems] == [problem]


def test_the_same_date_is_asked_for_once_by_each_and_by_nobody_once_it_is_confirmed() -> None:
    world = World()
    third = Actor(UserId("u-third"), "Tám", ())
    _decide(world, _ask(world), confirms=False)
    first = _ask(world)
    _ask(world, actor=REVIEWER)
    with pytest.raises(InvalidError):
        _ask(world)
    _decide(world, first)
    with pytest.raises(InvalidError):
        _ask(world, actor=third)
    world = World()
    _ask(world)
    with pytest.raises(InvalidError) as refused:
        _ask(world)
    assert [each.code for each in refused.value.problems] == ["EXEMPT_ALREADY"]


def test_who_writes_no_bulletins_asks_for_none_and_who_sets_no_rules_decides_none() -> None:
    with pytest.raises(NotAllowedError):
        _ask(World(authority=FixedAuthority(frozenset({Action.BULLETIN_WRITE}))))
    world = World(authority=FixedAuthority(frozenset({Action.RULE_SET})))
    with pytest.raises(NotAllowedError):
        _decide(world, _ask(world))
    with pytest.raises(NotFoundError):
        calendar.decide_exemption(world.store(), ExemptionId("none"), confirms=True, call=world.call(REVIEWER, NOW))
