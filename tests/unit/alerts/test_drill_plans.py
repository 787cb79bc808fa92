from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from broadcast.alerts.drills import ANSWERED, DrillFigures, DrillPlan, DrillPlanStatus, DrillTally, compared, figures
from broadcast.alerts.model import Alert, AlertKind, AlertStatus
from broadcast.alerts.orders import Order, OrderReach, ReachState
from broadcast.bulletins.schedules import Schedule
from cms.alerts.service import drills
from cms.platform.signer.officers import KnownOfficers
from cms.platform.store.kinds import OutboxKind
from devices.model import DeviceId
from devices.protocol.approvals import within_tree
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Actor
from tests.builders.calls import with_call
from tests.builders.in_memory.alert_world import APPROVER, OTHER, RAISER, World
from tests.builders.officers import officers
from tests.fakes.programme import C1, C2, NOW, local, schedule
from tests.fakes.warnings import order, reach

WEEKLY = (schedule("2026-03-02T09:00", "FREQ=WEEKLY;COUNT=2"),)
FIRST, SECOND = local("2026-03-02T09:00"), local("2026-03-09T09:00")
SECOND_S = timedelta(seconds=1)


def propose(
    world: World, alert: Alert, schedules: tuple[Schedule, ...] = WEEKLY, lasts_ms: int = 600_000, **more: Any
) -> DrillPlan:
    return drills.propose(
        world.store(),
        alert.id,
        schedules=schedules,
        lasts_ms=lasts_ms,
        **with_call(
            {
                "expected_version": alert.version,
                "actor": RAISER,
                "authority": world.authority,
                "voices": world.voices,
                "now": NOW,
                "new_id": world.new_id,
                **more,
            }
        ),
    )


def agree(world: World, plan: DrillPlan, actor: Actor = APPROVER, **more: Any) -> DrillPlan:
    wanted = with_call(
        {"expected_version": plan.version, "actor": actor, "authority": world.authority, "now": NOW, **more}
    )
    return drills.agree(world.store(), plan.id, **wanted)


def end(world: World, plan: DrillPlan, reason: str = "Không cần nữa") -> DrillPlan:
    return drills.end(world.store(), plan.id, reason=reason, expected_version=plan.version, call=world.call(OTHER, NOW))


def send(world: World, now: Any) -> int:
    return drills.send_due(world.store, now=now, new_id=world.new_id)


def planned(world: World, **more: Any) -> DrillPlan:
    return propose(world, world.ready(kind=AlertKind.DRILL), **more)


def test_two_people_put_a_drill_on_the_calendar() -> None:
    world = World()
    plan = planned(world)
    assert (plan.status, plan.next_at, plan.proposed_by) == (DrillPlanStatus.PROPOSED, FIRST, RAISER.user_id)
    assert send(world, FIRST) == 0
    agreed = agree(world, plan)
    assert (agreed.status, agreed.approved_by, agreed.next_at) == (DrillPlanStatus.APPROVED, APPROVER.user_id, FIRST)
    assert world.events()[-2:] == ["drill_plan.proposed", "drill_plan.approved"]
    with pytest.raises(NotPossibleError):
        agree(world, agreed)


def test_a_drill_goes_out_at_its_time_each_time_and_once() -> None:
    world = World()
    plan = agree(world, planned(world))
    assert send(world, FIRST - SECOND_S) == 0
    assert send(world, FIRST) == 1
    assert send(world, FIRST + SECOND_S) == 0
    (row,) = world.outbox(OutboxKind.ALERT)
    (sent,) = world.store.all(Order)
    assert row.subject_id == sent.id
    assert (sent.is_drill, sent.issued_at, sent.expires_at) == (True, FIRST, FIRST + timedelta(minutes=10))
    assert sent.approved_by == (RAISER.user_id, APPROVER.user_id)
    assert sent.spoken[0].again is None
    alert = world.alert(sent.alert_id)
    assert (alert.status, alert.drill_plan_id, alert.approver_id) == (AlertStatus.ACTIVE, plan.id, APPROVER.user_id)
    assert send(world, SECOND) == 1
    over = world.store.one(DrillPlan, id=plan.id)
    assert (over.status, over.next_at) == (DrillPlanStatus.ENDED, None)
    assert send(world, SECOND + timedelta(days=7)) == 0


@pytest.mark.parametrize("is_silent", [False, True])
def test_a_drill_that_people_have_to_sign_is_left_out_and_told(*, is_silent: bool) -> None:
    world = World()
    agree(world, propose(world, world.ready(kind=AlertKind.DRILL, is_silent=is_silent)))
    known = KnownOfficers(officers(drills=True), within_tree({}), b"")
    assert drills.send_due(world.store, now=FIRST, new_id=world.new_id, known=known) == is_silent
    assert (world.events()[-1] == "drill_plan.missed") is not is_silent


def test_a_drill_that_would_be_much_too_late_is_left_out() -> None:
    world = World()
    plan = agree(world, planned(world))
    assert send(world, FIRST + timedelta(minutes=10, seconds=1)) == 0
    assert world.events()[-1] == "drill_plan.missed"
    assert world.store.one(DrillPlan, id=plan.id).next_at == SECOND
    assert world.outbox() == []


def test_what_another_process_has_sent_meanwhile_is_not_sent_again() -> None:
    world = World()
    plan = agree(world, planned(world))

    class Hasty:
        """Units of work in which another gateway ends the plan between the read and the write."""

        def __init__(self) -> None:
            self.calls = 0

        def __call__(self) -> Any:
            self.calls += 1
            if self.calls == 2:
                end(world, world.store.one(DrillPlan, id=plan.id))
            return world.store()

    assert drills.send_due(Hasty(), now=FIRST, new_id=world.new_id) == 0


def test_what_cannot_be_planned_is_told_at_once() -> None:
    world = World()
    live = world.ready()
    with pytest.raises(InvalidError) as refused:
        propose(world, live, (schedule("2026-03-02T09:00"),) * 21, 59_999)
    codes = {problem.code for problem in refused.value.problems}
    assert {"NOT_A_DRILL", "OUT_OF_BOUNDS", "TOO_MANY"} <= codes
    drill = world.ready(kind=AlertKind.DRILL)
    with pytest.raises(InvalidError) as refused:
        propose(world, drill, (schedule("2026-03-01T09:00"),))
    assert [problem.code for problem in refused.value.problems] == ["NOTHING_LEFT_TO_AIR"]
    with pytest.raises(InvalidError) as refused:
        propose(world, world.draft(kind=AlertKind.DRILL))
    assert [problem.code for problem in refused.value.problems] == ["SOUND_NOT_READY"]
    with pytest.raises(NotPossibleError):
        propose(world, world.submitted(kind=AlertKind.DRILL))


def test_who_proposed_or_wrote_it_cannot_agree() -> None:
    world = World()
    plan = planned(world, actor=OTHER)
    for actor in (OTHER, RAISER):
        with pytest.raises(NotAllowedError) as refused:
            agree(world, plan, actor)
        assert refused.value.reason == "OWN_ALERT"
    with pytest.raises(NotAllowedError) as refused:
        agree(world, plan, replace(APPROVER, second_factor_at=None))
    assert refused.value.reason == "SECOND_FACTOR"
    with pytest.raises(ConflictError):
        agree(world, plan, expected_version=7)
    with pytest.raises(InvalidError):
        agree(world, plan, replace(APPROVER, second_factor_at=SECOND), now=SECOND + SECOND_S)


def test_one_person_takes_a_plan_off_the_calendar() -> None:
    world = World()
    plan = agree(world, planned(world))
    ended = end(world, plan)
    assert (ended.status, ended.next_at, ended.ended_by_name) == (DrillPlanStatus.ENDED, None, OTHER.name)
    assert send(world, FIRST) == 0
    with pytest.raises(NotPossibleError):
        end(world, ended)
    with pytest.raises(ConflictError):
        end(world, plan)
    with pytest.raises(InvalidError):
        end(world, planned(world), reason="")


def shown(reaches: Iterable[OrderReach], at: datetime) -> DrillFigures:
    """Return the figures of these reaches, counted as the store counts them."""
    found = list(reaches)
    tallies = Counter((each.area_id, each.state, each.started_at is not None) for each in found)
    return figures(
        [
            DrillTally(area_id, state, count, count * has_begun)
            for (area_id, state, has_begun), count in tallies.items()
        ],
        Counter(each.started_at for each in found if each.started_at is not None).items(),
        [each for each in found if each.state is ReachState.REFUSED or each.state not in ANSWERED],
        at,
    )


def test_a_report_counts_by_area_and_tells_who_was_silent() -> None:
    at = order().issued_at
    reaches = [
        reach("l1", state=ReachState.DONE, started_at=at + timedelta(milliseconds=300)),
        reach("l2", state=ReachState.SOUNDING, started_at=at + timedelta(milliseconds=500)),
        reach("l3", state=ReachState.RECEIVED),
        reach("l4", state=ReachState.SILENT, area_id=C2),
        reach("l5", state=ReachState.REFUSED, code="LOCAL_STOP", area_id=C2),
    ]
    found = shown(reversed(reaches), at)
    assert (found.whole.meant, found.whole.answered, found.whole.sounded) == (5, 4, 2)
    assert (found.whole.answered_pct, found.whole.sounded_pct, found.whole.finished_pct) == (80.0, 40.0, 20.0)
    assert {area_id: share.answered for area_id, share in found.areas.items()} == {C1: 3, C2: 1}
    assert found.median_ms_to_sound == 400
    assert [each.device_id for each in found.silent] == ["l4"]
    assert [each.device_id for each in found.refused] == ["l5"]
    nobody = shown([], at)
    assert (nobody.median_ms_to_sound, nobody.whole.answered_pct, nobody.whole.sounded_pct) == (None, 0.0, 0.0)
    assert nobody.whole.finished_pct == 0.0


def test_a_drill_is_compared_with_the_last_one() -> None:
    at = order().issued_at
    before = [
        reach("l1", state=ReachState.DONE, started_at=at + SECOND_S),
        reach("l2", state=ReachState.SILENT),
        reach("l3", state=ReachState.SILENT),
        reach("l4", state=ReachState.RECEIVED),
    ]
    now = [
        reach("l1", state=ReachState.DONE, started_at=at + SECOND_S / 2),
        reach("l2", state=ReachState.DONE, started_at=at + SECOND_S / 2),
        reach("l3", state=ReachState.SILENT),
        reach("l4", state=ReachState.SILENT),
        reach("new", state=ReachState.SILENT),
    ]
    found = compared(shown(now, at), shown(before, at), [DeviceId("l4")])
    assert [each.device_id for each in found.newly_silent] == ["l4"]
    assert [each.device_id for each in found.still_silent] == ["l3"]
    assert found.recovered == ("l2",)
    assert found.answered_pct_change == 40.0 - 50.0
    assert found.median_ms_change == -500
    mute = shown([reach("l1")], at)
    assert compared(mute, found.before, ()).median_ms_change is None
    assert compared(found.now, mute, ()).median_ms_change is None
