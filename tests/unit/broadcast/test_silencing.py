from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broadcast.errors import InvalidError, NotAllowedError, TokenRefusedError
from broadcast.model.orders import Reach, ReachState, Stop
from broadcast.model.people import Action
from broadcast.ports import OutboxKind
from broadcast.use_cases import silencing
from devices.areas import AreaId
from tests.fakes.authority import FixedAuthority, TokenAuthority
from tests.fakes.memory import OutboxRow
from tests.fakes.programme import C1, C3, NORTH, NOW
from tests.unit.broadcast.alert_world import OTHER, World


def stop(world: World, *areas: AreaId, **more: Any) -> Stop:
    return silencing.stop_everything(
        world.store(),
        areas=areas,
        actor=OTHER,
        authority=world.authority,
        now=NOW,
        new_id=world.new_id,
        **{"reason": "Loa phát nhầm", **more},
    )


def test_everything_stops_alerts_too_where_the_actor_may_cancel_them() -> None:
    world = World()
    made = stop(world, NORTH, C1, C3, hush_for=timedelta(hours=2))
    assert (made.areas, made.prio, made.hush_until_at) == ((NORTH, C3), 9, NOW + timedelta(hours=2))
    assert world.outbox() == [OutboxRow(OutboxKind.STOP, made.id, {})]
    assert world.events() == ["sound.stopped"]
    assert [(reach.device_id, reach.state) for reach in world.reaches(made.id)] == [
        (name, ReachState.WAITING) for name in ("p-n-1-l1", "p-n-1-l2", "p-n-2-l1", "p-n-2-l2", "p-s-3-l1", "p-s-3-l2")
    ]
    assert isinstance(world.reaches(made.id)[0], Reach)


def test_alerts_go_on_where_the_actor_may_not_cancel_them_or_spares_them() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.ALERT_CANCEL, C1)})))
    assert stop(world, C1).prio == 8
    assert stop(world, C3, spares_alerts=True).prio == 8
    assert stop(world, C3).prio == 9
    assert stop(world, C1).hush_until_at is None


def test_nobody_stops_where_they_may_not() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.SOUND_STOP, C1)})))
    with pytest.raises(NotAllowedError):
        stop(world, C1, C3)
    assert world.outbox() == []


def test_what_is_wrong_with_a_stop_is_told_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        stop(world, AreaId("nowhere"), reason=" ", hush_for=timedelta(hours=25))
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("areas", "AREA_UNKNOWN"),
        ("reason", "MISSING"),
        ("hush_for", "HUSH_TOO_LONG"),
    }
    with pytest.raises(InvalidError) as refused:
        stop(world, hush_for=timedelta(seconds=-1))
    assert {problem.code for problem in refused.value.problems} == {"MISSING", "HUSH_TOO_LONG"}


def test_a_program_never_stops_alerts() -> None:
    world = World(authority=TokenAuthority())
    with pytest.raises(TokenRefusedError):
        stop(world, C1)
    assert world.outbox() == []
    assert stop(world, C1, spares_alerts=True).prio == 8
