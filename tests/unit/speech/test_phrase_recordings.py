"""Phrase bank: recorded, checked, accepted or refused; used in the area and below."""

from __future__ import annotations

import pytest

from broadcast.speech.phrase_bank import PhraseRecording, key_of
from cms.speech.repository import Phrases
from cms.speech.service import phrase_recordings
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, C3, NORTH, NOW

FIRST, SECOND = "a" * 64, "b" * 64
TEXT = "Cảnh báo bão tại"


def record(
    world: World, sha256: str = FIRST, *, text: str = TEXT, area_id: AreaId = C1, language: str = "vi"
) -> PhraseRecording:
    return phrase_recordings.record_phrase(
        world.store(), area_id=area_id, language=language, text=text, sha256=sha256, call=world.call(AUTHOR, NOW)
    )


def take(world: World, phrase: PhraseRecording, sha256: str = FIRST) -> bool:
    return phrase_recordings.take(world.store(), phrase.id, sha256=sha256, level_lufs=-23.0, floor_dbfs=-60.0, now=NOW)


def stored(world: World, phrase: PhraseRecording) -> PhraseRecording:
    with world.store() as uow:
        return uow[Phrases].get(phrase.id)


def used(world: World, *areas: AreaId) -> dict[str, str]:
    with world.store() as uow:
        return {each.text: each.sha256 for each in phrase_recordings.bank_of(uow, areas, "vi").values()}


def test_a_recording_is_used_once_it_was_listened_to() -> None:
    world = World()
    phrase = record(world, text="  Cảnh báo  bão tại ")
    assert (phrase.text, phrase.candidate_sha256, phrase.sha256) == (TEXT, FIRST, "")
    assert used(world, C1) == {}

    assert take(world, phrase)

    taken = stored(world, phrase)
    assert (taken.sha256, taken.by_name, taken.level_lufs, taken.floor_dbfs) == (FIRST, AUTHOR.name, -23.0, -60.0)
    assert taken.candidate_sha256 == ""
    assert used(world, C1) == {TEXT: FIRST}


def test_the_recording_before_is_used_until_the_new_one_is_taken() -> None:
    world = World()
    phrase = record(world)
    take(world, phrase)
    again = record(world, SECOND, text="cảnh báo BÃO tại")
    assert again.id == phrase.id
    assert used(world, C1) == {TEXT: FIRST}

    assert phrase_recordings.refuse(world.store(), phrase.id, sha256=SECOND, refusal="AUDIO_REFUSED:NOISY", now=NOW)

    assert stored(world, phrase).refusal == "AUDIO_REFUSED:NOISY"
    assert used(world, C1) == {TEXT: FIRST}


def test_the_same_recording_again_changes_nothing() -> None:
    world = World()
    phrase = record(world)
    assert record(world) == phrase
    take(world, phrase)
    assert record(world) == stored(world, phrase)


def test_a_newer_recording_takes_the_place_of_one_being_listened_to() -> None:
    world = World()
    phrase = record(world)
    newer = record(world, SECOND)

    assert newer.job_id != phrase.job_id
    assert not take(world, phrase, FIRST)
    assert take(world, phrase, SECOND)
    assert not phrase_recordings.refuse(world.store(), phrase.id, sha256=FIRST, refusal="X", now=NOW)


def test_what_was_forgotten_meanwhile_is_not_taken() -> None:
    world = World()
    phrase = record(world)
    phrase_recordings.forget_phrase(world.store(), phrase.id, call=world.call(AUTHOR, NOW))

    assert not take(world, phrase)
    with pytest.raises(NotFoundError):
        stored(world, phrase)


def test_a_taken_recording_can_be_forgotten() -> None:
    world = World()
    phrase = record(world)
    take(world, phrase)

    forgotten = phrase_recordings.forget_phrase(world.store(), phrase.id, call=world.call(AUTHOR, NOW))

    assert forgotten.sha256 == FIRST
    assert used(world, C1) == {}


def test_the_nearest_areas_recording_is_used_and_only_what_holds_in_all_areas() -> None:
    world = World()
    for area_id, sha256 in ((NORTH, FIRST), (C1, SECOND)):
        take(world, record(world, sha256, area_id=area_id), sha256)

    assert used(world, C1) == {TEXT: SECOND}
    assert used(world, C2) == used(world, C1, C2) == {TEXT: FIRST}
    assert used(world, C3) == used(world) == {}


def test_all_that_is_wrong_is_told_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as raised:
        record(world, "", text="…", area_id=AreaId("nowhere"), language="xx")
    assert [(p.field, p.code) for p in raised.value.problems] == [
        ("area", "AREA_UNKNOWN"),
        ("language", "LANGUAGE_UNKNOWN"),
        ("text", "MISSING"),
        ("recording", "RECORDING_UNKNOWN"),
    ]
    with pytest.raises(InvalidError) as long:
        record(world, text="bão " * 100)
    assert [p.code for p in long.value.problems] == ["TOO_LONG"]


def test_only_whoever_may_record_there_records_and_forgets() -> None:
    world = World()
    phrase = record(world)
    world.authority = FixedAuthority(frozenset({Action.PHRASE_RECORD}))
    with pytest.raises(NotAllowedError):
        record(world, SECOND)
    with pytest.raises(NotAllowedError):
        phrase_recordings.forget_phrase(world.store(), phrase.id, call=world.call(AUTHOR, NOW))


def test_each_language_has_its_own() -> None:
    world = World()
    take(world, record(world, language="cjm"))

    assert used(world, C1) == {}
    with world.store() as uow:
        assert set(phrase_recordings.bank_of(uow, (C1,), "cjm")) == {key_of(TEXT)}
