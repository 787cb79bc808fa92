from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.bulletins.model import BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.conflicts import Clash, ClashKind
from cms.bulletins.service import review
from devices.model import Device
from province.errors import ClashError, ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, COMMUNES, NOW, REVIEWER, SOUND, schedule


def codes(refused: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in refused.value.problems]


def test_a_finished_bulletin_is_submitted_by_whoever_hands_it_over() -> None:
    world = World()
    bulletin = world.submitted()
    assert world.bulletin(bulletin.id) == bulletin
    assert bulletin.status is BulletinStatus.SUBMITTED
    assert (bulletin.submitter_id, bulletin.submitter_name) == (AUTHOR.user_id, AUTHOR.name)
    assert world.events()[-1] == "bulletin.submitted"


def test_whoever_submitted_it_before_does_not_become_its_second_person() -> None:
    world = World()
    first = world.submit(world.sound(world.draft()), by=REVIEWER)
    review.withdraw(world.store(), first.id, expected_version=first.version, call=world.call(AUTHOR, NOW))
    again = world.submit(world.bulletin(first.id))
    assert (again.submitter_id, again.editors) == (AUTHOR.user_id, (REVIEWER.user_id,))
    with pytest.raises(NotAllowedError):
        world.approve(again)


def test_without_its_sound_and_a_schedule_it_is_not_taken() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.draft(schedules=()))
    assert codes(refused) == [("sound", "SOUND_NOT_READY"), ("schedules", "MISSING")]


def test_a_sound_without_the_devices_rendition_is_not_enough() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.sound(world.draft(), replace(SOUND, kind="browser-mp3")))
    assert codes(refused) == [("sound", "RENDITION_MISSING")]


def test_a_sound_of_more_than_a_day_is_not_taken() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.sound(world.draft(), replace(SOUND, duration_ms=86_400_001)))
    assert codes(refused) == [("sound", "TOO_LONG")]


def test_a_sound_of_what_it_said_before_is_not_enough() -> None:
    world = World()
    made = world.sound(world.draft())
    world.store.put(replace(made, text="Khác"))
    with pytest.raises(InvalidError) as refused:
        world.submit(made)
    assert codes(refused) == [("sound", "SOUND_NOT_READY")]


def test_with_nothing_left_to_air_it_is_not_taken() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.sound(world.draft(schedules=(schedule("2026-03-01T17:00"),))))
    assert codes(refused) == [("schedules", "NOTHING_LEFT_TO_AIR")]


def test_every_blocking_clash_is_named_and_nothing_changes() -> None:
    world = World()
    world.approved()
    second = world.sound(world.draft())
    with pytest.raises(ClashError) as refused:
        world.submit(second)
    found = [clash for clash in refused.value.clashes if isinstance(clash, Clash)]
    assert [(c.kind, c.area_id) for c in found] == [(ClashKind.EQUAL_PRIORITY, area_id) for area_id in COMMUNES]
    assert world.bulletin(second.id) == second


def test_displacing_a_lower_one_does_not_stand_in_the_way() -> None:
    world = World()
    world.approved()
    assert world.submitted(priority=PriorityClass.PRIORITY).status is BulletinStatus.SUBMITTED


def test_where_no_device_is_nothing_is_in_the_way() -> None:
    world = World()
    world.store.remove(Device)
    assert world.submitted().status is BulletinStatus.SUBMITTED


def test_version_state_and_rights_are_checked() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.BULLETIN_SUBMIT, C1)})))
    with pytest.raises(NotAllowedError):
        world.submit(world.draft(targets=Targets((C1,))))
    made = world.sound(world.draft())
    with pytest.raises(ConflictError):
        world.submit(replace(made, version=9))
    with pytest.raises(NotPossibleError):
        world.submit(world.submit(made))
