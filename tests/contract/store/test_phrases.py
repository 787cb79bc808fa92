"""The phrase bank, in both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from cms.speech.repository import Phrases
from province.areas import AreaId
from province.errors import NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW


def phrase(name: str, area_id: AreaId = C1, text: str = "Cảnh báo bão, lũ", language: str = "vi") -> PhraseRecording:
    return PhraseRecording(PhraseId(name), area_id, language, text, NOW, AUTHOR.user_id, AUTHOR.name, "a" * 64, "Lan")


def put(store: Store, *phrases: PhraseRecording) -> None:
    with store.unit() as uow:
        for each in phrases:
            uow[Phrases].put(each)
        uow.commit()


def test_a_phrase_comes_back_as_it_was_and_is_found_by_its_words(store: Store) -> None:
    made = phrase("p1")
    put(store, made)
    with store.unit() as uow:
        assert uow[Phrases].get(made.id) == made
        assert uow[Phrases].of_area(C1, "vi", "CẢNH BÁO  bão , lũ.") == made
        assert uow[Phrases].of_area(C1, "vi", "Cảnh báo bão lũ") is None
        assert uow[Phrases].of_area(C1, "cjm", made.text) is None
        assert uow[Phrases].of_area(C2, "vi", made.text) is None
        with pytest.raises(NotFoundError):
            uow[Phrases].get(PhraseId("p9"))


def test_a_changed_phrase_takes_its_own_place(store: Store) -> None:
    put(store, phrase("p1"))
    changed = replace(phrase("p1"), level_lufs=-23.5, floor_dbfs=-61.0, refusal="AUDIO_REFUSED:NOISY")
    put(store, changed)
    with store.unit() as uow:
        assert list(uow[Phrases].in_areas([C1], "vi")) == [changed]


def test_phrases_are_listed_by_text_and_a_removed_one_is_gone(store: Store) -> None:
    put(store, phrase("p1", text="Lũ"), phrase("p2", C2, "Bão"), phrase("p3", text="Đây"), phrase("p4", language="cjm"))
    with store.unit() as uow:
        assert [each.id for each in uow[Phrases].in_areas([C1, C2], "vi")] == ["p2", "p1", "p3"]
        assert list(uow[Phrases].in_areas([NORTH], "vi")) == []
        uow[Phrases].remove(PhraseId("p1"))
        uow[Phrases].remove(PhraseId("p9"))
        uow.commit()
    with store.unit() as uow:
        assert [each.id for each in uow[Phrases].in_areas([C1], "vi")] == ["p3"]
