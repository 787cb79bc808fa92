from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcast.alerts.orders import ReachState
from broadcast.live import model
from broadcast.live.model import LiveAction, LiveEnd, LiveId, LiveRecording, LiveSession, LiveState
from broadcast.scheduling.area_rules import AreaRules
from cms.alerts.repository.orders import Orders
from cms.alerts.service import stop_orders
from cms.areas.repository import Places
from cms.live.service import addresses
from cms.platform.store.kinds import OutboxKind
from devices.model import Device
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action
from province.state_machine import final
from scripts.state_diagram import diagram
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.live_addresses import LIVE, LONGEST, prepare, step
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW, PROVINCE, REVIEWER

ANOTHER = replace(REVIEWER, second_factor_at=NOW)
RECORDING = LiveRecording("c" * 64, 12_000, 8_000, 80, "d" * 64)


def codes(error: InvalidError) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.problems]


@pytest.mark.parametrize(("state", "action"), list(itertools.product(LiveState, LiveAction)))
def test_every_step_leads_where_the_table_says_or_is_refused(state: LiveState, action: LiveAction) -> None:
    if (state, action) in model.TRANSITIONS:
        assert model.next_state(state, action) is model.TRANSITIONS[state, action]
    else:
        with pytest.raises(NotPossibleError):
            model.next_state(state, action)


def test_the_diagram_in_the_document_is_the_table() -> None:
    page = Path("docs/lifecycle.md").read_text(encoding="utf-8")
    assert diagram(
        model.TRANSITIONS, LiveState.PREPARING, final(model.TRANSITIONS, LiveState), also_first=[LiveState.HELD]
    ) in re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)


def test_frames_are_longer_where_thousands_listen() -> None:
    assert (model.frame_ms(50), model.frame_ms(1_000), model.frame_ms(1_001)) == (100, 100, 200)


def test_devices_hear_of_it_and_are_expected_to_answer() -> None:
    world = World()
    assert prepare(world) == LIVE
    assert [row.subject_id for row in world.outbox(OutboxKind.LIVE)] == ["l1"]
    with world.store() as uow:
        states = {(reach.device_id, reach.state) for reach in uow[Orders].reaches(LIVE.id)}  # type: ignore[arg-type]
        assert uow[Orders].knows("l1")
    assert states == {(f"{C1}-l1", ReachState.WAITING), (f"{C1}-l2", ReachState.WAITING)}
    assert world.events() == ["live.prepared"]


def test_it_goes_on_air_and_is_over_by_its_owner_and_recorded() -> None:
    world = World()
    prepare(world)
    on = step(world, addresses.go_on_air)
    assert (on.state, on.on_air_at) == (LiveState.ON_AIR, NOW + timedelta(seconds=10))
    assert step(world, addresses.go_on_air) == on
    over = step(world, addresses.stop)
    assert (over.state, over.end, over.ended_by_name) == (LiveState.ENDED, LiveEnd.OWNER, AUTHOR.name)
    assert step(world, addresses.stop, actor=REVIEWER) == over
    kept = addresses.keep_recording(world.store(), LIVE.id, RECORDING, now=NOW)
    again = replace(RECORDING, sha256="e" * 64)
    assert addresses.keep_recording(world.store(), LIVE.id, again, now=NOW) == kept
    assert kept.recording == RECORDING
    assert world.events() == ["live.prepared", "live.on_air", "live.ended", "live.recorded"]
    assert len(world.outbox(OutboxKind.LIVE)) == 2
    with pytest.raises(NotPossibleError):
        step(world, addresses.go_on_air)


def test_a_form_sent_twice_prepares_once_and_nobody_takes_anothers_place() -> None:
    world = World()
    assert prepare(world) == prepare(world, topic="Khác")
    with pytest.raises(ConflictError):
        prepare(world, areas=[C2], actor=REVIEWER)
    assert len(world.outbox(OutboxKind.LIVE)) == 1


def test_what_is_over_by_itself_says_why_and_stays_so() -> None:
    world = World()
    prepare(world)
    over = addresses.close(world.store(), LIVE.id, LiveEnd.SILENT, now=NOW)
    assert (over.end, over.ended_by_name, over.ended_at) == (LiveEnd.SILENT, "", NOW)
    assert addresses.close(world.store(), LIVE.id, LiveEnd.GATEWAY, now=NOW) == over
    with pytest.raises(NotFoundError):
        addresses.close(world.store(), LiveId("none"), LiveEnd.SILENT, now=NOW)


def test_only_its_owner_goes_on_air_and_only_while_the_right_lasts() -> None:
    world = World()
    prepare(world)
    with pytest.raises(NotAllowedError) as refused:
        step(world, addresses.go_on_air, actor=REVIEWER)
    assert refused.value.reason == "OTHERS_ADDRESS"
    gone = FixedAuthority(frozenset({(Action.LIVE_SPEAK, C1)}))
    with pytest.raises(NotAllowedError):
        step(world, addresses.go_on_air, authority=gone)


def test_somebody_else_ends_it_only_where_they_may_stop_everywhere_it_is_heard() -> None:
    world = World()
    prepare(world, areas=[C1, C2])
    may_not = FixedAuthority(frozenset({(Action.SOUND_STOP, C2)}))
    with pytest.raises(NotAllowedError):
        step(world, addresses.stop, actor=REVIEWER, authority=may_not)
    over = step(world, addresses.stop, actor=REVIEWER)
    assert (over.end, over.ended_by_name) == (LiveEnd.STOPPED, REVIEWER.name)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"areas": []}, [("areas", "MISSING")]),
        ({"areas": [AreaId("x" * 60)]}, [("areas", "AREA_UNKNOWN")]),
        ({"topic": "  "}, [("topic", "MISSING")]),
        ({"topic": "d" * 201}, [("topic", "TOO_LONG")]),
        ({"now": datetime(2026, 3, 2, 15, tzinfo=UTC)}, [("areas", "QUIET_HOURS_NOW")]),
    ],
)
def test_what_cannot_be_heard_is_refused_at_its_field(more: dict[str, Any], found: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidError) as refused:
        prepare(World(), **more)
    assert codes(refused.value) == found


def test_where_no_loudspeaker_stands_nobody_speaks() -> None:
    world = World()
    world.store.remove(Device)
    with pytest.raises(InvalidError) as refused:
        prepare(world)
    assert codes(refused.value) == [("areas", "NO_LOUDSPEAKER")]


def test_where_nothing_is_heard_without_a_signature_nobody_speaks_live() -> None:
    world = World()
    with world.store() as uow:
        uow[Places].set_rules(C1, AreaRules(needs_signature=True))
        uow.commit()
    with pytest.raises(InvalidError) as refused:
        prepare(world)
    assert codes(refused.value) == [("areas", "LIVE_UNSIGNED")]


@pytest.mark.parametrize(("first", "second"), [(C1, C1), (C1, PROVINCE), (PROVINCE, C1)])
def test_at_most_one_speaks_in_a_place_until_it_is_over(first: AreaId, second: AreaId) -> None:
    world = World()
    prepare(world, areas=[first])
    with pytest.raises(InvalidError) as refused:
        prepare(world, "l2", areas=[second], actor=ANOTHER)
    assert codes(refused.value) == [("areas", "LIVE_TAKEN")]
    assert refused.value.problems[0].detail["by"] == AUTHOR.name
    step(world, addresses.stop)
    assert prepare(world, "l2", areas=[second], actor=ANOTHER).is_open


def test_beside_it_somebody_else_may_speak() -> None:
    world = World()
    prepare(world)
    assert prepare(world, "l2", areas=[C2], actor=ANOTHER).is_open


def test_it_is_over_before_quiet_hours_begin_anywhere() -> None:
    world = World()
    at = datetime(2026, 3, 2, 14, 25, tzinfo=UTC)  # 21:25, and quiet from 21:30
    assert prepare(world, now=at).until_at == at + timedelta(minutes=5)
    assert prepare(World(), now=NOW).until_at == NOW + LONGEST


def test_nobody_speaks_where_they_may_not() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.LIVE_SPEAK, C2)})))
    with pytest.raises(NotAllowedError):
        prepare(world, areas=[C1, C2])


def test_a_stop_of_everything_ends_what_nobody_hears_any_more() -> None:
    world = World()
    prepare(world, areas=[C1, C2])
    details: dict[str, Any] = {"reason": "Quá to", "call": world.call(REVIEWER)}
    stop_orders.stop_everything(world.store(), areas=[C1], **details)
    assert world.store.one(LiveSession, id=LIVE.id).is_open
    stop_orders.stop_everything(world.store(), areas=[PROVINCE], **details)
    assert world.store.one(LiveSession, id=LIVE.id).end is LiveEnd.STOPPED


def test_loudspeakers_of_several_communes_open_for_a_fresh_code_alone() -> None:
    world = World()
    with pytest.raises(NotAllowedError, match="SECOND_FACTOR"):
        prepare(world, areas=[NORTH], actor=AUTHOR)
    assert world.outbox(OutboxKind.LIVE) == []
    assert prepare(world, areas=[NORTH]).areas == (NORTH,)
    assert addresses.is_heard_by_many(world.store(), [NORTH])
    assert not addresses.is_heard_by_many(world.store(), [C1])
