from __future__ import annotations

import pytest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertPolicy
from broadcast.alerts.orders import DeclarationRight
from cms.alerts.service import declaration_rights
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, UnknownAreaError
from province.people import Action
from tests.builders.in_memory.alert_world import OTHER, World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, NORTH, NOW, PROVINCE


def give(world: World, area_id: AreaId, level: AlertLevel) -> None:
    declaration_rights.give(
        world.store(), user_id=OTHER.user_id, area_id=area_id, level=level, call=world.call(OTHER, NOW)
    )


def take(world: World, area_id: AreaId) -> None:
    declaration_rights.take(world.store(), user_id=OTHER.user_id, area_id=area_id, call=world.call(OTHER, NOW))


def set_policy(world: World, policy: AlertPolicy) -> AlertPolicy:
    return declaration_rights.set_policy(world.store(), policy=policy, call=world.call(OTHER, NOW))


def test_rights_are_given_changed_and_taken_with_a_trail() -> None:
    world = World()
    give(world, NORTH, AlertLevel.ONE)
    give(world, NORTH, AlertLevel.TWO)
    give(world, C1, AlertLevel.THREE)
    take(world, C1)
    take(world, C1)
    assert list(declaration_rights.rights_of(world.store(), OTHER.user_id)) == [
        DeclarationRight(OTHER.user_id, NORTH, AlertLevel.TWO)
    ]
    assert world.events() == ["declaration_right.given"] * 3 + ["declaration_right.taken"]


def test_rights_are_in_the_hands_of_who_manages_users_there() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.USER_MANAGE, NORTH)})))
    with pytest.raises(NotAllowedError):
        give(world, NORTH, AlertLevel.ONE)
    with pytest.raises(NotAllowedError):
        take(world, NORTH)
    with pytest.raises(UnknownAreaError):
        give(world, AreaId("nowhere"), AlertLevel.ONE)


def test_the_policy_is_the_provinces_and_written_down() -> None:
    world = World()
    wanted = AlertPolicy(may_send_alone=True, hours_max=48)
    assert set_policy(world, wanted) == wanted
    assert declaration_rights.policy_of(world.store()) == wanted
    assert world.authority.asked[-1] == (OTHER.user_id, Action.USER_MANAGE, (PROVINCE,))
    assert world.events() == ["alert_policy.set"]


def test_a_policy_without_bounds_is_refused() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        set_policy(world, AlertPolicy(hours_max=169, all_clear_minutes=0))
    assert [problem.field for problem in refused.value.problems] == ["hours_max", "all_clear_minutes"]
    world.authority = FixedAuthority(frozenset({Action.USER_MANAGE}))
    with pytest.raises(NotAllowedError):
        set_policy(world, AlertPolicy())
