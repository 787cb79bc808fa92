"""Opening and closing sounds, in both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from broadcast.bulletins.model import Sound, SoundState
from broadcast.bulletins.transmissions import SoundFrame
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.repository.sharing import Chimes
from province.areas import AreaId
from province.errors import NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW, SOUND, transmission


def chime(name: str, area_id: AreaId = C1, place: ChimePlace = ChimePlace.OPENING) -> Chime:
    sound = Sound(SoundState.READY, "audio:x", renditions=(SOUND,), loudness_lufs=-16.0, true_peak_dbtp=-1.5)
    return Chime(ChimeId(name), area_id, place, NOW, AUTHOR.user_id, AUTHOR.name, sound, "nhac.wav")


def put(store: Store, *chimes: Chime) -> None:
    with store.unit() as uow:
        for each in chimes:
            uow[Chimes].put(each)
        uow.commit()


def test_a_chime_comes_back_as_it_was_and_is_found_by_area_and_place(store: Store) -> None:
    made = chime("c1")
    put(store, made)
    with store.unit() as uow:
        assert uow[Chimes].get(made.id) == made
        assert uow[Chimes].of_area(C1, ChimePlace.OPENING) == made
        assert uow[Chimes].of_area(C1, ChimePlace.CLOSING) is None
        assert uow[Chimes].of_area(C2, ChimePlace.OPENING) is None
        with pytest.raises(NotFoundError):
            uow[Chimes].get(ChimeId("c9"))


def test_a_changed_chime_takes_its_own_place(store: Store) -> None:
    put(store, chime("c1"))
    changed = replace(chime("c1"), candidate_sha256="b" * 64, candidate_name="moi.wav", job_id="j1", refusal="X:Y")
    put(store, changed)
    with store.unit() as uow:
        assert list(uow[Chimes].all()) == [changed]


def test_chimes_are_listed_by_area_and_place_and_a_dropped_one_is_gone(store: Store) -> None:
    put(store, chime("c1", C2), chime("c2", C1), chime("c3", C1, ChimePlace.CLOSING), chime("c4", NORTH))
    with store.unit() as uow:
        assert [each.id for each in uow[Chimes].all()] == ["c4", "c3", "c2", "c1"]
        uow[Chimes].remove(ChimeId("c1"))
        uow[Chimes].remove(ChimeId("c9"))
        uow.commit()
    with store.unit() as uow:
        assert [each.id for each in uow[Chimes].all()] == ["c4", "c3", "c2"]


def test_what_sounds_around_is_frozen_with_its_transmission(store: Store) -> None:
    wanted = replace(transmission(), frames=((C1, SoundFrame(SOUND, None, 2_600)), (NORTH, SoundFrame(None, SOUND))))
    with store.unit() as uow:
        uow[Transmissions].add(wanted)
        uow.commit()
    with store.unit() as uow:
        assert uow[Transmissions].get(wanted.id) == wanted
