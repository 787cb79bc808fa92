from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.scheduling.slots import Slot, SlotId, allow
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import slots
from cms.schedule.service.slots import SlotDraft
from province.areas import AreaId
from province.errors import ClashError, InvalidError, NotAllowedError, NotFoundError
from province.people import Action, Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C3, NORTH, NOW, PROVINCE, REVIEWER, TREE, schedule, transmission

SLOT = Slot(
    SlotId("slot1"),
    AUTHOR.user_id,
    AUTHOR.name,
    NORTH,
    ("MO", "TU"),
    time(17),
    time(18),
    (PriorityClass.NORMAL,),
    date(2026, 3, 10),
    REVIEWER.user_id,
    REVIEWER.name,
    NOW,
)
IN_NORTH = Targets((C1,))


def granted(world: World, **more: Any) -> Slot:
    fields: dict[str, Any] = {
        "holder_id": AUTHOR.user_id,
        "holder_name": AUTHOR.name,
        "area_id": NORTH,
        "weekdays": ("TU", "MO"),
        "starts": time(17),
        "ends": time(18),
        "classes": (PriorityClass.NORMAL,),
        "last_on": date(2026, 3, 10),
    }
    actor = more.pop("actor", REVIEWER)
    return slots.grant(world.store(), draft=SlotDraft(**{**fields, **more}), call=world.call(actor, NOW))


def fill(world: World, bulletin: Bulletin, *schedules: Schedule, by: Actor = AUTHOR) -> Bulletin:
    return slots.fill(
        world.store(), bulletin.id, schedules=schedules, expected_version=bulletin.version, call=world.call(by, NOW)
    )


def allowed(*schedules: Schedule, slot: Slot = SLOT, more: tuple[Slot, ...] = (), **fields: Any) -> bool:
    wanted = transmission("t1", *schedules, **{"targets": IN_NORTH, "approved_at": NOW, **fields})
    return allow((slot, *more), wanted, TREE, NOW)


@pytest.mark.parametrize(
    ("starts", "minutes", "is_allowed"),
    [
        ("2026-03-02T17:00", 60, True),
        ("2026-03-02T17:58", 2, True),
        ("2026-03-02T17:59", 2, False),
        ("2026-03-02T16:59", 2, False),
        ("2026-03-04T17:00", 2, False),
        ("2026-03-10T17:00", 2, True),
        ("2026-03-16T17:00", 2, False),
    ],
)
def test_an_airing_lies_in_the_slot_from_its_beginning_to_its_end(
    starts: str, minutes: int, *, is_allowed: bool
) -> None:
    assert allowed(schedule(starts), minutes=minutes) is is_allowed


def test_every_airing_of_a_rule_has_to_and_one_at_least_there_has_to_be() -> None:
    assert allowed(schedule("2026-03-02T17:00", "FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20260310T235959"))
    assert not allowed(schedule("2026-03-02T17:00", "FREQ=WEEKLY;BYDAY=MO,TU"))
    assert not allowed(schedule("2026-03-02T17:00", "FREQ=DAILY;COUNT=3"))
    assert not allowed(schedule("2026-02-23T17:00"))
    late = replace(SLOT, id=SlotId("slot2"), weekdays=("WE",), last_on=date(2026, 3, 4))
    assert allowed(schedule("2026-03-02T17:00", "FREQ=DAILY;COUNT=3"), more=(late,))
    next_week = schedule("2026-03-11T17:00")
    assert not allowed(next_week, more=(late,))


def test_midnight_ends_a_slot() -> None:
    night = replace(SLOT, starts=time(23), ends=time(23, 59, 59))
    assert not allowed(schedule("2026-03-02T23:59"), slot=night)


def test_places_classes_and_revocation_count() -> None:
    at = schedule("2026-03-02T17:00")
    assert not allowed(at, targets=Targets((C1, C3)))
    assert not allowed(at, targets=Targets((AreaId("nowhere"),)))
    assert not allowed(at, priority=PriorityClass.PRIORITY)
    assert not allowed(at, slot=replace(SLOT, revoked_at=NOW))


def test_a_slot_is_granted_with_an_event_and_revoked_once() -> None:
    world = World()
    slot = granted(world)
    assert slot == replace(SLOT, id=slot.id)
    assert world.store.events()[-1].detail["weekdays"] == ["MO", "TU"]
    for _ in range(2):
        revoked = slots.revoke(world.store(), slot.id, call=world.call(REVIEWER, NOW + timedelta(days=1)))
        assert revoked.revoked_at == NOW + timedelta(days=1)
    assert world.events() == ["slot.granted", "slot.revoked"]
    with pytest.raises(NotFoundError):
        slots.revoke(world.store(), SlotId("none"), call=world.call(REVIEWER, NOW))


def test_nobody_delegates_to_themselves_or_without_the_right() -> None:
    world = World()
    with pytest.raises(NotAllowedError) as refused:
        granted(world, actor=AUTHOR)
    assert refused.value.reason == "OWN_SLOT"
    slot = granted(world)
    world.authority = FixedAuthority(frozenset({Action.SLOT_GRANT}))
    with pytest.raises(NotAllowedError):
        granted(world)
    with pytest.raises(NotAllowedError):
        revoke_of(world, slot)


def revoke_of(world: World, slot: Slot) -> Slot:
    return slots.revoke(world.store(), slot.id, call=world.call(REVIEWER, NOW))


def test_everything_wrong_with_a_slot_is_told_at_once() -> None:
    wrong = {"area_id": AreaId("nowhere"), "weekdays": ("XX",), "classes": (), "ends": time(17)}
    with pytest.raises(InvalidError) as refused:
        granted(World(), **wrong, last_on=date(2027, 4, 1))
    assert [problem.code for problem in refused.value.problems] == [
        *("AREA_UNKNOWN", "MISSING", "MISSING", "ENDS_BEFORE_START", "SLOT_TOO_LONG")
    ]


def test_filling_a_slot_airs_the_same_content_at_another_time_without_asking_again() -> None:
    world = World()
    granted(world)
    approved = world.approved(targets=IN_NORTH)
    before = world.transmission(approved)
    world.replan()
    world.store.clear_outbox()
    scheduled = world.bulletin(approved.id)
    filled = fill(world, scheduled, schedule("2026-03-02T17:30"))
    assert filled.status is BulletinStatus.APPROVED
    old, new = sorted(world.store.all(Transmission), key=lambda each: each.withdrawn_at is None)
    assert old == replace(before, withdrawn_at=NOW)
    assert new == replace(
        before, id=new.id, bulletin_version=filled.version, schedules=(schedule("2026-03-02T17:30"),), approved_at=NOW
    )
    assert [row.subject_id for row in world.outbox(OutboxKind.PLAN)] == [C1]
    world.replan()
    assert [entry.transmission_id for entry in world.plan().entries] == [new.id]
    assert world.bulletin(filled.id).status is BulletinStatus.SCHEDULED


def test_outside_the_slot_or_in_anothers_way_nothing_is_changed() -> None:
    world = World()
    granted(world)
    approved = world.approved(targets=IN_NORTH)
    world.approved(targets=Targets((PROVINCE,)), schedules=(schedule("2026-03-02T17:30"),))
    before = world.store.commits
    with pytest.raises(NotAllowedError) as refused:
        fill(world, approved, schedule("2026-03-02T16:30"))
    assert refused.value.reason == "SLOT"
    with pytest.raises(NotAllowedError):
        fill(world, approved, schedule("2026-03-02T17:40"), by=Actor(UserId("u-other"), "Tám", ()))
    with pytest.raises(ClashError):
        fill(world, approved, schedule("2026-03-02T17:30"))
    for schedules, code in (((), "MISSING"), ((schedule(),) * 21, "TOO_MANY"), ((schedule(rrule="X"),), None)):
        with pytest.raises(InvalidError) as wrong:
            fill(world, approved, *schedules)
        assert code in {None, wrong.value.problems[0].code}
    assert world.store.commits == before


def test_weekdays_are_named_as_rules_name_them() -> None:
    assert [WEEKDAYS[date(2026, 3, 2 + n).weekday()] for n in range(7)] == list(WEEKDAYS)
