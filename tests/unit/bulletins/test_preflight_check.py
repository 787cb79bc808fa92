from __future__ import annotations

from datetime import timedelta

import pytest

from broadcast.bulletins.model import Bulletin, BulletinId, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.conflicts import ClashKind
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.service import preflight as preflight_service
from cms.bulletins.service.preflight import Preflight
from devices.model import Device
from province.errors import NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, C2, C3, COMMUNES, MONDAY, NORTH, NOW, PROVINCE, REVIEWER, schedule

DAY = timedelta(days=1)


def preflight(world: World, bulletin: Bulletin, days: int = 3) -> Preflight:
    return preflight_service.preflight(world.store(), bulletin.id, call=world.call(REVIEWER, NOW), days=days)


def test_it_says_for_every_area_and_day_what_would_play() -> None:
    world = World()
    bulletin = world.submitted(schedules=(schedule(rrule="FREQ=DAILY"),), targets=Targets((C1, C3)))
    found = preflight(world, bulletin, days=2)
    assert (found.areas, found.clashes, found.is_estimate) == ((C1, C3), (), False)
    assert found.devices == {C1: 2, C3: 2}
    assert [(day.on, day.area_id, day.area_name, day.devices, len(day.entries)) for day in found.days] == [
        (MONDAY, C1, "Tên p-n-1", 2, 1),
        (MONDAY, C3, "Tên p-s-3", 2, 1),
        (MONDAY + DAY, C1, "Tên p-n-1", 2, 1),
        (MONDAY + DAY, C3, "Tên p-s-3", 2, 1),
    ]
    assert world.store.all(StoredPlan) == []
    assert world.bulletin(bulletin.id) == bulletin


def test_it_names_what_would_be_displaced_and_only_that() -> None:
    world = World()
    lower = world.approved(targets=Targets((C1,)))
    world.approved(schedules=(schedule("2026-03-03T12:00"),), priority=PriorityClass.PRIORITY)
    wanted = world.submitted(priority=PriorityClass.PRIORITY)
    found = preflight(world, wanted)
    displaced = {day.area_id: [item.bulletin_id for item in day.displaced] for day in found.days}
    assert displaced == {C1: [lower.id], C2: [], C3: []}
    assert [(clash.kind, clash.area_id) for clash in found.clashes] == [(ClashKind.DISPLACES_LOWER, C1)]
    assert {day.on for day in found.days} == {MONDAY}


def test_it_says_what_would_not_be_heard() -> None:
    world = World()
    wanted = world.draft(schedules=(schedule("2026-03-02T22:00"),))
    found = preflight(world, wanted)
    assert [[reason.code for item in day.unplaced for reason in item.reasons] for day in found.days] == [
        ["QUIET_HOURS"]
    ] * 3
    assert {clash.kind for clash in found.clashes} == {ClashKind.QUIET_HOURS}


def test_before_the_sound_is_made_its_length_is_an_estimate() -> None:
    world = World()
    found = preflight(world, world.draft(text="a" * 1400))
    assert found.is_estimate
    (entry,) = found.days[0].entries
    assert entry.end_at - entry.start_at == timedelta(seconds=100)


def test_an_approved_bulletin_is_not_in_its_own_way() -> None:
    world = World()
    found = preflight(world, world.approved())
    assert found.clashes == ()
    assert [len(day.entries) for day in found.days] == [1, 1, 1]


def test_where_no_device_is_nothing_would_play() -> None:
    world = World()
    world.store.remove(Device)
    found = preflight(world, world.draft())
    assert (found.areas, found.devices, found.days, found.clashes) == ((), {}, (), ())


def test_who_may_read_where_it_is_heard_may_look() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.BULLETIN_READ, a) for a in (PROVINCE, C1, C2)})))
    assert preflight(world, world.draft()).areas == COMMUNES
    world.authority.refused = frozenset({Action.BULLETIN_READ})
    with pytest.raises(NotAllowedError) as refused:
        preflight(world, world.draft())
    assert refused.value.areas == (PROVINCE,)


def test_a_preflight_of_nothing_is_not_found() -> None:
    world = World()
    with pytest.raises(NotFoundError):
        preflight_service.preflight(world.store(), BulletinId("x9"), call=world.call(REVIEWER, NOW))


def test_one_area_is_looked_at_by_itself_and_devices_without_a_connection_are_counted() -> None:
    world = World()
    world.connect("p-s-3-l1")
    found = preflight_service.preflight(world.store(), world.submitted().id, call=world.call(REVIEWER, NOW), only=C3)
    assert found.areas == (C3,)
    assert [(day.area_id, day.devices, day.offline) for day in found.days] == [(C3, 2, 1)]
    elsewhere = preflight_service.preflight(
        world.store(), world.submitted().id, call=world.call(REVIEWER, NOW), only=NORTH
    )
    assert (elsewhere.areas, elsewhere.days) == ((), ())


def test_it_pauses_before_each_area() -> None:
    world, pauses = World(), []
    found = preflight_service.preflight(
        world.store(), world.submitted().id, call=world.call(REVIEWER, NOW), pause=lambda: pauses.append(1)
    )
    assert len(pauses) == len(found.areas) > 1
