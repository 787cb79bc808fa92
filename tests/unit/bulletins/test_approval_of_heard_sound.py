"""Approval of the shown content only: its digest is compared with the content that would be frozen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.bulletins.framing import ChimePlace
from broadcast.bulletins.model import Bulletin, BulletinStatus
from cms.bulletins.service import freeze, preflight, review
from province.errors import ContentChangedError
from tests.builders.calls import call_of
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, NOW, PROVINCE, REVIEWER
from tests.unit.broadcast.bulletins.test_framing import ONE, TWO, chime, put


def shown(world: World, bulletin: Bulletin) -> str:
    with world.store() as uow:
        return freeze.content_of(uow, bulletin, call_of(REVIEWER, NOW))


def approve(world: World, bulletin: Bulletin, seen_sha256: str) -> Bulletin:
    return review.approve(
        world.store(),
        bulletin.id,
        expected_version=bulletin.version,
        call=world.call(REVIEWER, NOW),
        seen_sha256=seen_sha256,
    )


def test_what_was_shown_is_approved() -> None:
    world = World()
    submitted = world.submitted()
    assert approve(world, submitted, shown(world, submitted)).status is BulletinStatus.APPROVED


@pytest.mark.parametrize("place", [ChimePlace.OPENING, ChimePlace.CLOSING])
def test_another_chime_than_the_one_heard_is_not_approved(place: ChimePlace) -> None:
    world = World()
    put(world, chime(PROVINCE, place, ONE))
    submitted = world.submitted()
    seen = shown(world, submitted)
    put(world, chime(PROVINCE, place, TWO))
    with pytest.raises(ContentChangedError) as refused:
        approve(world, submitted, seen)
    assert (refused.value.expected, refused.value.actual) == (seen, shown(world, submitted))
    assert world.bulletin(submitted.id).status is BulletinStatus.SUBMITTED
    assert approve(world, submitted, refused.value.actual).status is BulletinStatus.APPROVED


def test_a_sound_made_otherwise_is_another_content() -> None:
    world = World()
    submitted = world.submitted()
    first = submitted.sound.renditions[0]
    other = replace(
        submitted,
        sound=replace(submitted.sound, renditions=(replace(first, sha256="f" * 64), *submitted.sound.renditions[1:])),
    )
    assert shown(world, submitted) != shown(world, other)


def test_the_look_ahead_gives_the_digest_of_what_it_shows() -> None:
    world = World()
    submitted = world.submitted()
    ahead = preflight.preflight(world.store(), submitted.id, call=world.call(REVIEWER, NOW), only=C1)
    assert ahead.content_sha256 == shown(world, submitted)


def test_without_a_sound_there_is_nothing_to_have_heard() -> None:
    world = World()
    draft = world.submitted()
    bare = replace(draft, sound=replace(draft.sound, renditions=()))
    assert shown(world, bare) == ""
