"""Signature rule: where approvals need a digital signature, nothing airs or shows on boards before it has one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.model import Bulletin, BulletinStatus, Targets
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import NOT_SIGNED
from broadcast.scheduling.quotas import effective
from cms.areas.repository import Places
from cms.boards.repository import StoredBoardPlan
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.service import drafts, signatures
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from devices.model import DeviceKind
from province.areas import AreaId
from tests.builders.in_memory.bulletin_world import World, draft
from tests.builders.in_memory.missed_airings import L1, Evening, times
from tests.fakes.programme import AUTHOR, C1, C2, C3, MONDAY, NORTH, NOW, PROVINCE, SOUTH, device, schedule
from tests.unit.bulletins.test_approval_signatures import attach

DEMANDING = AreaRules(needs_signature=True)


def ask_for_signatures(world: World, area_id: AreaId = NORTH, rules: AreaRules = DEMANDING) -> None:
    with world.store() as uow:
        uow[Places].set_rules(area_id, rules)
        uow.commit()


def heard(world: World, area_id: AreaId = C1) -> list[str]:
    world.replan(area_id)
    return [entry.bulletin_id for entry in world.plan(area_id).entries]


def sign(world: World, approved: Bulletin) -> None:
    """Sign the bulletin's newest approval."""
    with world.store() as uow:
        newest = uow[Approvals].documents(approved.id)[0]
    attach(world, approved, transmission_id=newest.transmission_id)


def test_what_is_not_signed_waits_where_the_rule_holds_and_airs_elsewhere() -> None:
    world = World()
    ask_for_signatures(world)
    approved = world.approved()
    assert heard(world, C1) == []
    (waiting,) = world.plan(C1).unplaced
    assert (waiting.bulletin_id, waiting.reasons) == (approved.id, (NOT_SIGNED,))
    assert world.bulletin(approved.id).status is BulletinStatus.APPROVED
    assert heard(world, C3) == [approved.id]
    with world.store() as uow:
        assert signatures.signature_areas(uow, approved.targets) == (C1, C2)
        assert signatures.waiting_of(uow, approved.id) == {world.transmission(approved).id: (C1, C2)}


def test_once_signed_it_is_planned_there() -> None:
    world = World()
    ask_for_signatures(world)
    approved = world.approved()
    heard(world)
    before = len(world.outbox(OutboxKind.PLAN))
    sign(world, approved)
    sign(world, approved)
    assert [row.subject_id for row in world.outbox(OutboxKind.PLAN)[before:]] == [C1, C2]
    assert heard(world) == [approved.id]
    assert world.plan().unplaced == ()
    assert world.bulletin(approved.id).status is BulletinStatus.SCHEDULED
    with world.store() as uow:
        assert signatures.waiting_of(uow, approved.id) == {}


def test_a_signature_that_nothing_waits_for_plans_nothing_anew() -> None:
    world = World()
    approved = world.approved()
    before = len(world.outbox(OutboxKind.PLAN))
    sign(world, approved)
    assert len(world.outbox(OutboxKind.PLAN)) == before


def test_the_rule_holds_for_what_was_approved_before_it_and_no_more_once_it_is_lifted() -> None:
    world = World()
    approved = world.approved()
    assert heard(world) == [approved.id]
    ask_for_signatures(world)
    assert heard(world) == []
    ask_for_signatures(world, rules=AreaRules())
    assert heard(world) == [approved.id]


def test_a_place_does_not_lift_what_holds_above_it() -> None:
    assert effective([AreaRules(), DEMANDING], ()).needs_signature
    assert effective([DEMANDING, AreaRules()], ()).needs_signature
    assert not effective([AreaRules()], ()).needs_signature
    world = World()
    ask_for_signatures(world, PROVINCE)
    ask_for_signatures(world, C1, AreaRules(volume_pct=50))
    world.approved()
    assert heard(world) == []


def test_the_next_approval_asks_for_the_next_signature() -> None:
    world = World()
    ask_for_signatures(world)
    approved = world.approved()
    sign(world, approved)
    changed = drafts.edit(
        world.store(),
        approved.id,
        draft=draft(text="Trạm y tế nghỉ."),
        expected_version=world.bulletin(approved.id).version,
        call=world.call(AUTHOR, NOW),
    )
    again = world.approve(world.submit(world.sound(changed)), now=NOW + timedelta(minutes=1))
    assert heard(world) == []
    sign(world, again)
    assert heard(world) == [again.id]


def test_what_waits_takes_nobodys_time_and_keeps_its_own_reason_for_quiet_hours() -> None:
    world = World()
    ask_for_signatures(world, rules=AreaRules(quiet=()))
    night = schedule("2026-03-02T23:00", schedule_id="s2")
    first = world.approved(targets=Targets((NORTH,)), schedules=(schedule(), night))
    ask_for_signatures(world)
    heard(world)
    assert [item.reasons[0].code for item in world.plan().unplaced] == ["NOT_SIGNED", "QUIET_HOURS"]
    sign(world, first)
    assert heard(world) == [first.id]
    assert [item.reasons[0].code for item in world.plan().unplaced] == ["QUIET_HOURS"]


def test_what_has_aired_stays_as_it_was_planned() -> None:
    world = World()
    approved = world.approved()
    heard(world)
    ask_for_signatures(world)
    evening = NOW + timedelta(hours=10)
    world.replan(C1, now=evening)
    assert [entry.bulletin_id for entry in world.plan().entries] == [approved.id]
    assert world.plan().unplaced == ()
    world.replan(C1, first_on=MONDAY, now=evening)
    assert world.plan().unplaced == ()


def test_boards_show_it_no_sooner() -> None:
    world = World()
    ask_for_signatures(world, SOUTH)
    with world.store() as uow:
        uow[Devices].add(replace(device("board", C3), kind=DeviceKind.BOARD))
        uow.commit()
    approved = world.approved()
    assert not world.replan(C3).is_board_changed
    assert world.store.all(StoredBoardPlan, area_id=C3) == []
    sign(world, approved)
    assert world.replan(C3).is_board_changed


def test_what_was_missed_is_made_good_no_sooner() -> None:
    evening = Evening()
    evening.say()
    ask_for_signatures(evening.world)
    assert evening.replan().made_good == ()
    sign(evening.world, evening.bulletin)
    assert times(evening.replan()) == [("17:50", (L1,))]
