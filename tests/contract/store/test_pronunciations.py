"""The dictionary, in both databases."""

from __future__ import annotations

import pytest

from broadcast.speech.readings import DictionaryEntry, PronunciationId, Saying
from cms.speech.repository import Pronunciations
from province.areas import AreaId
from province.errors import NotFoundError
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW


def word(name: str, area_id: AreaId = C1, written: str = "La Ngà", spoken: str = "Lờ a Ngà") -> DictionaryEntry:
    saying = Saying(written, spoken, is_case_sensitive=True)
    return DictionaryEntry(PronunciationId(name), area_id, saying, NOW, AUTHOR.user_id, AUTHOR.name)


def test_a_word_comes_back_as_it_was(store: Store) -> None:
    made = word("w1")
    with store.unit() as uow:
        uow[Pronunciations].put(made)
        uow.commit()
    with store.unit() as uow:
        assert uow[Pronunciations].get(made.id) == made
        assert uow[Pronunciations].of_area(C1, "la  NGÀ") == made
        assert uow[Pronunciations].of_area(C2, "La Ngà") is None
        with pytest.raises(NotFoundError):
            uow[Pronunciations].get(PronunciationId("w9"))


def test_an_area_has_one_word_for_each_written_form(store: Store) -> None:
    with store.unit() as uow:
        uow[Pronunciations].put(word("w1"))
        uow[Pronunciations].put(word("w2", written="LA NGÀ"))
        uow[Pronunciations].put(word("w3", C2))
        uow.commit()
    with store.unit() as uow:
        assert [each.id for each in uow[Pronunciations].in_areas([C1, C2])] == ["w2", "w3"]
        assert uow[Pronunciations].in_areas([NORTH]) == []


def test_words_are_listed_by_written_form(store: Store) -> None:
    with store.unit() as uow:
        for name, written in (("w1", "cà ty"), ("w2", "Ba Bàu"), ("w3", "Cà Giây")):
            uow[Pronunciations].put(word(name, written=written))
        uow.commit()
    with store.unit() as uow:
        assert [each.saying.written for each in uow[Pronunciations].in_areas([C1])] == ["Ba Bàu", "Cà Giây", "cà ty"]


def test_a_removed_word_is_gone(store: Store) -> None:
    with store.unit() as uow:
        uow[Pronunciations].put(word("w1"))
        uow.commit()
    with store.unit() as uow:
        uow[Pronunciations].remove(PronunciationId("w1"))
        uow[Pronunciations].remove(PronunciationId("w9"))
        uow.commit()
    with store.unit() as uow:
        assert uow[Pronunciations].in_areas([C1]) == []
