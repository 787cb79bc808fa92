from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broadcast.alerts.model import AlertKind
from broadcast.alerts.orders import OrderReach, ReachState, Stop, StopId, lasting_silences
from cms.alerts.service import stop_orders
from cms.platform.store.kinds import OutboxKind
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotPossibleError, TokenRefusedError
from province.people import Action
from tests.builders.calls import with_call
from tests.builders.in_memory.alert_world import OTHER, World, minutes
from tests.fakes.authority import FixedAuthority, TokenAuthority
from tests.fakes.programme import C1, C3, NORTH, NOW, SOUTH
from tests.service_store import OutboxEntry


def stop(world: World, *areas: AreaId, **more: Any) -> Stop:
    return stop_orders.stop_everything(
        world.store(),
        areas=areas,
        **with_call(
            {
                "actor": OTHER,
                "authority": world.authority,
                "now": NOW,
                "new_id": world.new_id,
                "reason": "Loa phát nhầm",
                **more,
            }
        ),
    )


def test_everything_stops_alerts_too_where_the_actor_may_cancel_them() -> None:
    world = World()
    made = stop(world, NORTH, C1, C3, hush_for=timedelta(hours=2))
    assert (made.areas, made.prio, made.hush_until_at) == ((NORTH, C3), 9, NOW + timedelta(hours=2))
    assert world.outbox() == [OutboxEntry(OutboxKind.STOP, made.id, {})]
    assert world.events() == ["sound.stopped"]
    assert [(reach.device_id, reach.state) for reach in world.reaches(made.id)] == [
        (name, ReachState.WAITING) for name in ("p-n-1-l1", "p-n-1-l2", "p-n-2-l1", "p-n-2-l2", "p-s-3-l1", "p-s-3-l2")
    ]
    assert isinstance(world.reaches(made.id)[0], OrderReach)


def test_an_alert_of_the_millisecond_of_a_stop_is_issued_after_it() -> None:
    world = World()
    made = stop(world, NORTH)
    order = world.order(world.active())
    assert order.issued_at == made.at + timedelta(milliseconds=1)


def test_a_stop_of_that_millisecond_silences_it_all_the_same_and_the_next_alert_is_after_both() -> None:
    world = World()
    stop(world, NORTH)
    order = world.order(world.active())
    again = stop(world, NORTH, mutes_alerts=True)
    assert again.at == order.issued_at
    assert world.order(world.active()).issued_at == again.at + timedelta(milliseconds=1)


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


def lift(world: World, stop_id: str, minute: int = 1) -> Stop:
    return stop_orders.lift(world.store(), StopId(stop_id), call=world.call(OTHER, NOW + minutes(minute)))


def test_a_stop_that_would_mute_a_live_alert_names_it_and_stops_nothing() -> None:
    world = World()
    made = world.active()
    with pytest.raises(InvalidError) as refused:
        stop(world, C1)
    (problem,) = refused.value.problems
    assert (problem.field, problem.code, problem.detail) == (
        "mutes_alerts",
        "WOULD_MUTE",
        {"headline": world.order(made).headline},
    )
    assert world.outbox(OutboxKind.STOP) == []
    assert stop(world, C1, spares_alerts=True).prio == 8
    assert stop(world, SOUTH).prio == 9
    assert stop(world, C1, mutes_alerts=True).prio == 9


def test_drills_and_calm_words_fall_silent_without_a_question() -> None:
    world = World()
    world.active(kind=AlertKind.DRILL)
    world.all_clear(world.active())
    assert stop(world, C1).prio == 9


def test_lifting_a_silence_stops_nothing() -> None:
    world = World()
    kept = stop(world, NORTH, hush_for=timedelta(hours=1))
    lifted = lift(world, kept.id)
    assert (lifted.areas, lifted.lifts, lifted.hush_until_at, lifted.mutes_alerts) == (kept.areas, kept.id, None, False)
    assert world.outbox(OutboxKind.STOP)[-1] == OutboxEntry(OutboxKind.STOP, lifted.id, {})
    assert {reach.state for reach in world.reaches(lifted.id)} == {ReachState.WAITING}
    assert world.events()[-1] == "sound.stop_lifted"


def test_a_silence_is_lifted_only_while_it_lasts_and_by_whoever_could_have_kept_it() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.ALERT_CANCEL, C1)})))
    with pytest.raises(NotPossibleError):
        lift(world, stop(world, C1).id)
    below = stop(world, C1, hush_for=timedelta(minutes=10))
    with pytest.raises(NotPossibleError):
        lift(world, below.id, 10)
    assert lift(world, below.id).lifts == below.id
    world.authority = FixedAuthority()
    kept = stop(world, C1, hush_for=timedelta(minutes=10))
    world.authority = FixedAuthority(frozenset({(Action.ALERT_CANCEL, C1)}))
    with pytest.raises(NotAllowedError):
        lift(world, kept.id)


def test_the_alerts_that_a_stop_silenced_are_known_until_they_end() -> None:
    world = World()
    made = world.active()
    muting = stop(world, C1, mutes_alerts=True)
    with world.store() as uow:
        assert [each.id for each in stop_orders.silenced_alerts(uow, muting, NOW)] == [made.id]
    younger = world.active(NOW + minutes(1))
    world.cancel(made)
    with world.store() as uow:
        assert stop_orders.silenced_alerts(uow, muting, NOW) == []
    assert younger.order_id is not None


def test_a_program_never_stops_alerts() -> None:
    world = World(authority=TokenAuthority())
    with pytest.raises(TokenRefusedError):
        stop(world, C1)
    assert world.outbox() == []
    assert stop(world, C1, spares_alerts=True).prio == 8


def test_a_silence_lasts_until_its_time_or_until_it_is_lifted() -> None:
    hushed = Stop(StopId("s1"), (C1,), 7, "Nhầm", OTHER.user_id, OTHER.name, NOW, NOW + timedelta(hours=1))
    brief = Stop(StopId("s2"), (C1,), 7, "Nhầm", OTHER.user_id, OTHER.name, NOW)
    lifting = Stop(StopId("s3"), (C1,), 9, "Nhầm", OTHER.user_id, OTHER.name, NOW, lifts=hushed.id)
    assert lasting_silences([hushed, brief], NOW) == [hushed]
    assert lasting_silences([hushed, brief], NOW + timedelta(hours=1)) == []
    assert lasting_silences([hushed, brief, lifting], NOW) == []
