"""Submission ordered while the sound is made: done with the sound, once, or told to the person who ordered it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Sound, SoundState
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.bulletins.model import AwaitedSubmission
from cms.bulletins.repository.submissions import AwaitedSubmissions
from cms.bulletins.service import drafts, review
from cms.bulletins.service import sound as bulletin_sound
from province.errors import InvalidError
from province.people import Grant, Role
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.programme import AUTHOR, NOW, PROVINCE, schedule


def newsroom(*, is_disabled: bool = False, role: Role = Role.PROVINCE_EDITOR) -> World:
    world = World()
    author = User(AUTHOR.user_id, "lan", AUTHOR.name, "", NOW, grants=(Grant(role, PROVINCE),))
    with world.store.change() as uow:
        uow[People].add(replace(author, disabled_at=NOW if is_disabled else None))
    return world


def order(world: World, bulletin: Bulletin) -> Bulletin:
    call = world.call(AUTHOR)
    return review.submit(world.store(), bulletin.id, expected_version=bulletin.version, call=call, may_wait=True)


def awaited(world: World, bulletin: Bulletin) -> AwaitedSubmission | None:
    with world.store() as uow:
        return uow[AwaitedSubmissions].of(world.bulletin(bulletin.id))


def test_it_is_submitted_by_the_person_who_ordered_it_when_its_sound_is_ready() -> None:
    world = newsroom()
    bulletin = order(world, world.draft())
    assert bulletin.status is BulletinStatus.DRAFT
    assert awaited(world, bulletin) is not None
    sent = world.sound(bulletin)
    assert (sent.status, sent.submitter_id) == (BulletinStatus.SUBMITTED, AUTHOR.user_id)
    assert sent.sound.state is SoundState.READY
    assert world.events()[-3:] == ["bulletin.submission_ordered", "bulletin.sounded", "bulletin.submitted"]
    assert awaited(world, bulletin) is None
    assert world.approve(sent).status is BulletinStatus.APPROVED


def test_what_a_sound_cannot_mend_is_refused_at_once() -> None:
    world = newsroom()
    for wrong in ({"schedules": ()}, {"text": "Cắt điện từ ... đến 11 giờ."}, {"schedules": (schedule("2026-03-01"),)}):
        with pytest.raises(InvalidError):
            order(world, world.draft(**wrong))
    assert "bulletin.submission_ordered" not in world.events()


def test_without_the_wish_to_wait_a_sound_that_is_being_made_is_a_refusal() -> None:
    world = newsroom()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.draft())
    assert [each.code for each in refused.value.problems] == ["SOUND_NOT_READY"]


def test_a_person_who_edits_it_meanwhile_submits_it_anew() -> None:
    world = newsroom()
    bulletin = order(world, world.draft())
    drafts.edit(
        world.store(),
        bulletin.id,
        draft=draft(title="Lịch tiêm chủng mới"),
        expected_version=bulletin.version,
        call=world.call(AUTHOR),
    )
    assert world.sound(world.bulletin(bulletin.id)).status is BulletinStatus.DRAFT


@pytest.mark.parametrize("who", [{"is_disabled": True}, {"role": Role.AUDITOR}])
def test_a_person_who_may_not_any_more_submits_nothing(who: dict[str, object]) -> None:
    world = newsroom(**who)  # type: ignore[arg-type]
    bulletin = order(world, world.draft())
    assert world.sound(bulletin).status is BulletinStatus.DRAFT
    failed = awaited(world, bulletin)
    assert failed is not None
    assert failed.failed_at == NOW
    assert world.store.events()[-1].name == "bulletin.submission_failed"


def test_a_clash_found_with_the_sound_is_kept_and_it_may_be_sent_again() -> None:
    world = newsroom()
    world.approve(world.submitted())
    bulletin = order(world, world.draft())
    assert world.sound(bulletin).status is BulletinStatus.DRAFT
    assert world.events()[-2:] == ["bulletin.sounded", "bulletin.submission_failed"]
    failed = awaited(world, bulletin)
    assert failed is not None
    assert failed.failed_at == NOW


def test_a_sound_that_cannot_be_made_submits_nothing_and_is_told_once() -> None:
    world = newsroom()
    bulletin = order(world, world.draft())
    failure = Sound(SoundState.FAILED, bulletin.sound.made_from, bulletin.sound.job_id, error="NO_VOICE")
    assert bulletin_sound.finish(world.store(), bulletin.id, failure, now=NOW)
    assert not bulletin_sound.finish(world.store(), bulletin.id, failure, now=NOW)
    assert world.bulletin(bulletin.id).status is BulletinStatus.DRAFT
    assert world.events().count("bulletin.submission_failed") == 1
