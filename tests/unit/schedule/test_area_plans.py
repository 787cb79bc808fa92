from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.model import BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import Transmission
from cms.bulletins.repository.bulletins import StoredPlan, Transmissions
from cms.platform.store.kinds import OutboxKind
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, C2, C3, MONDAY, NOW, PROVINCE, SOUTH, local, schedule
from tests.service_store import OutboxEntry

DAY = timedelta(days=1)
DAYS = (MONDAY, MONDAY + DAY, MONDAY + 2 * DAY)


def test_plans_are_stored_with_their_bytes_and_the_manifest_follows() -> None:
    world = World()
    world.approved()
    world.store.clear_outbox()
    assert world.replan().changed_on == DAYS
    stored = world.store.one(StoredPlan, area_id=C1, on=MONDAY)
    assert world.content.blobs[stored.sha256].startswith(b'{"v":1,"area":"p-n-1","day":"2026-03-02"')
    assert (stored.bytes, stored.version, stored.built_at) == (len(world.content.blobs[stored.sha256]), 1, NOW)
    assert world.store.outbox() == [OutboxEntry(OutboxKind.MANIFEST, C1, {})]


def test_planning_again_changes_nothing() -> None:
    world = World()
    world.approved()
    world.replan()
    world.store.clear_outbox()
    assert world.replan(now=NOW + timedelta(minutes=1)).changed_on == ()
    assert world.store.outbox() == []
    assert {plan.version for plan in world.store.all(StoredPlan)} == {1}


def test_only_the_changed_days_are_stored_anew() -> None:
    world = World()
    world.approved()
    world.replan()
    world.approved(schedules=(schedule("2026-03-03T18:00"),))
    assert world.replan().changed_on == (MONDAY + DAY,)
    assert [world.store.one(StoredPlan, area_id=C1, on=on).version for on in DAYS] == [1, 2, 1]


def test_a_plan_whose_reasons_alone_differ_is_kept_and_not_published() -> None:
    world = World()
    world.approved(priority=PriorityClass.PRIORITY)
    world.replan()
    # Approved without a clash, then extended to more areas: the clash that was overlooked still loses with its reason.
    hidden = world.approved(schedules=(schedule("2026-03-02T17:00"),), targets=Targets((SOUTH,), (C3,)))
    narrow = world.transmission(hidden)
    world.store.put(replace(narrow, targets=Targets((PROVINCE,))))
    world.store.clear_outbox()
    assert world.replan(days=1).changed_on == ()
    assert [reason.code for item in world.plan().unplaced for reason in item.reasons] == ["LOST_TO_HIGHER"]
    assert world.store.outbox() == []
    assert world.bulletin(hidden.id).status is BulletinStatus.APPROVED


def test_a_bulletin_is_scheduled_when_the_first_airing_of_it_is_placed() -> None:
    world = World()
    bulletin = world.approved(schedules=(schedule("2026-03-05T17:00"),))
    world.replan()
    assert world.bulletin(bulletin.id).status is BulletinStatus.APPROVED
    world.replan(days=4)
    assert world.bulletin(bulletin.id).status is BulletinStatus.SCHEDULED
    world.replan(C2, days=4)
    assert world.events().count("bulletin.scheduled") == 1


def test_the_past_is_not_planned_anew() -> None:
    world = World()
    world.approved(schedules=(schedule("2026-03-02T09:00"),))
    world.replan()
    noon = local("2026-03-02T12:00")
    with world.store() as uow:
        for transmission in world.store.all(Transmission):
            uow[Transmissions].withdraw(transmission.id, noon)
        uow.commit()
    assert world.replan(now=noon).changed_on == ()
    assert len(world.plan().entries) == 1


def test_a_transmission_that_excludes_the_area_is_not_planned_there() -> None:
    world = World()
    world.approved(targets=Targets((PROVINCE,), (C1,)))
    world.replan()
    assert world.plan().entries == ()
