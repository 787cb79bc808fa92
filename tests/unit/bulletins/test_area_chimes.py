"""Chimes of an area: set, made, refused, dropped."""

from __future__ import annotations

import pytest

from broadcast.bulletins.framing import Chime, ChimePlace
from broadcast.bulletins.model import Sound, SoundState
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service import chimes
from cms.platform.store.kinds import JobKind
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, NOW, SOUND

FIRST, SECOND = "a" * 64, "b" * 64
MADE = Sound(SoundState.READY, made_from=f"audio:{FIRST}", renditions=(SOUND,), loudness_lufs=-16.0)


def set_chime(
    world: World,
    sha256: str = FIRST,
    *,
    area_id: AreaId = C1,
    place: ChimePlace = ChimePlace.OPENING,
    name: str = "nhac.wav",
) -> Chime:
    return chimes.set_chime(
        world.store(), area_id=area_id, place=place, sha256=sha256, name=name, call=world.call(AUTHOR, NOW)
    )


def take(world: World, chime: Chime, sha256: str = FIRST) -> bool:
    return chimes.take(world.store(), chime.id, sha256=sha256, sound=MADE, now=NOW)


def stored(world: World, chime: Chime) -> Chime:
    with world.store() as uow:
        return uow[Chimes].get(chime.id)


def test_a_chime_is_used_once_it_is_made() -> None:
    world = World()
    chime = set_chime(world)
    assert (chime.candidate_sha256, chime.candidate_name, chime.sound) == (FIRST, "nhac.wav", Sound())
    assert world.store.jobs()[chime.job_id].kind is JobKind.MAKE_CHIME
    assert take(world, chime)
    taken = stored(world, chime)
    assert (taken.sound, taken.original_name) == (MADE, "nhac.wav")
    assert (taken.candidate_sha256, taken.candidate_name, taken.job_id) == ("", "", "")
    assert not take(world, chime)
    assert world.events() == ["chime.set", "chime.made"]


def test_a_newer_recording_cancels_the_one_that_is_being_made_and_the_used_one_stays_until_then() -> None:
    world = World()
    used = set_chime(world)
    take(world, used)
    second = set_chime(world, SECOND)
    third = set_chime(world, FIRST)
    assert second.id == third.id == used.id
    assert world.store.jobs()[second.job_id].is_cancelled
    assert not take(world, third, SECOND)
    assert stored(world, third).sound == MADE


def test_a_refused_recording_leaves_what_was_used_and_says_why() -> None:
    world = World()
    chime = set_chime(world)
    take(world, chime)
    set_chime(world, SECOND, name="dai.wav")
    assert chimes.refuse(world.store(), chime.id, sha256=SECOND, refusal="AUDIO_REFUSED:CHIME_LONG", now=NOW)
    refused = stored(world, chime)
    assert (refused.sound, refused.refusal, refused.candidate_name) == (MADE, "AUDIO_REFUSED:CHIME_LONG", "dai.wav")
    assert not chimes.refuse(world.store(), chime.id, sha256=SECOND, refusal="X", now=NOW)
    assert set_chime(world, SECOND).refusal == ""


def test_each_area_and_place_has_its_own() -> None:
    world = World()
    ids = {set_chime(world, area_id=area_id, place=place).id for area_id in (C1, C2) for place in ChimePlace}
    assert len(ids) == 4


def test_a_dropped_chime_is_gone_and_nobody_waits_for_it() -> None:
    world = World()
    chime = set_chime(world)
    chimes.drop_chime(world.store(), chime.id, call=world.call(AUTHOR, NOW))
    assert world.store.all(Chime) == []
    assert world.store.jobs()[chime.job_id].is_cancelled
    assert not take(world, chime)
    with pytest.raises(NotFoundError):
        chimes.drop_chime(world.store(), chime.id, call=world.call(AUTHOR, NOW))
    used = set_chime(world)
    take(world, used)
    assert chimes.drop_chime(world.store(), used.id, call=world.call(AUTHOR, NOW)).sound == MADE


def test_everything_wrong_with_it_is_told_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        set_chime(world, "", area_id=AreaId("nowhere"), name="x" * 201)
    assert [p.code for p in refused.value.problems] == ["AREA_UNKNOWN", "RECORDING_UNKNOWN", "TOO_LONG"]


def test_the_right_is_asked_for_in_the_very_area() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.CHIME_SET, C1)})))
    with pytest.raises(NotAllowedError):
        set_chime(world)
    chime = set_chime(world, area_id=C2)
    world.authority = FixedAuthority(frozenset({(Action.CHIME_SET, C2)}))
    with pytest.raises(NotAllowedError):
        chimes.drop_chime(world.store(), chime.id, call=world.call(AUTHOR, NOW))
