from __future__ import annotations

import pytest

from broadcast.bulletins.model import Bulletin, BulletinId, Sound, SoundState
from cms.bulletins.service import drafts
from cms.bulletins.service import sound as bulletin_sound
from province.errors import NotFoundError
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.programme import AUTHOR, NOW, SOUND


def fail(world: World, bulletin: Bulletin) -> bool:
    return bulletin_sound.finish(
        world.store(),
        bulletin.id,
        Sound(SoundState.FAILED, made_from=bulletin.sound.made_from, job_id=bulletin.sound.job_id, error="NO_VOICE"),
        now=NOW,
    )


def finish(world: World, bulletin_id: BulletinId, job_id: str, made_from: str) -> bool:
    return bulletin_sound.finish(
        world.store(),
        bulletin_id,
        Sound(
            SoundState.READY,
            made_from=made_from,
            job_id=job_id,
            renditions=(SOUND,),
            loudness_lufs=-16.1,
            true_peak_dbtp=-1.2,
        ),
        now=NOW,
    )


def test_a_finished_sound_belongs_to_its_bulletin() -> None:
    world = World()
    bulletin = world.draft()
    assert finish(world, bulletin.id, "job1", bulletin.sound_input)
    assert world.bulletin(bulletin.id).sound == Sound(
        SoundState.READY, bulletin.sound_input, "job1", (SOUND,), -16.1, -1.2, "", 1
    )
    assert world.bulletin(bulletin.id).version == 2
    assert world.events()[-1] == "bulletin.sounded"


def test_a_failure_is_kept_with_its_code() -> None:
    world = World()
    bulletin = world.draft()
    assert fail(world, bulletin)
    sound = world.bulletin(bulletin.id).sound
    assert (sound.state, sound.error) == (SoundState.FAILED, "NO_VOICE")
    assert world.events()[-1] == "bulletin.sound_failed"


def test_a_result_for_a_text_that_has_changed_is_not_used() -> None:
    world = World()
    old = world.draft()
    changed = drafts.edit(
        world.store(), old.id, draft=draft(text="Khác"), expected_version=1, call=world.call(AUTHOR, NOW)
    )
    assert not finish(world, old.id, "job1", old.sound_input)
    assert not finish(world, old.id, "job2", old.sound_input)
    assert not fail(world, old)
    assert world.bulletin(old.id) == changed


def test_the_same_result_twice_is_used_once() -> None:
    world = World()
    bulletin = world.draft()
    assert finish(world, bulletin.id, "job1", bulletin.sound_input)
    assert not finish(world, bulletin.id, "job1", bulletin.sound_input)
    assert world.bulletin(bulletin.id).version == 2


def test_a_result_for_no_bulletin_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        finish(World(), BulletinId("x9"), "job1", "text:vi:x")
