"""In-memory repository of pronunciations; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.speech.dictionary import key_of
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from province.areas import AreaId
from province.errors import NotFoundError


class MemoryPronunciations:
    def __init__(self, rows: dict[PronunciationId, DictionaryEntry]) -> None:
        self._rows = rows

    def get(self, pronunciation_id: PronunciationId) -> DictionaryEntry:
        if pronunciation_id not in self._rows:
            raise NotFoundError("word", pronunciation_id)
        return self._rows[pronunciation_id]

    def of_area(self, area_id: AreaId, written: str) -> DictionaryEntry | None:
        return next((each for each in self.in_areas([area_id]) if _key(each) == key_of(written)), None)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DictionaryEntry]:
        wanted = set(area_ids)
        return sorted((w for w in self._rows.values() if w.area_id in wanted), key=lambda w: (_key(w), w.area_id))

    def put(self, word: DictionaryEntry) -> None:
        for old in [w.id for w in self.in_areas([word.area_id]) if _key(w) == _key(word)]:
            del self._rows[old]
        self._rows[word.id] = word

    def remove(self, pronunciation_id: PronunciationId) -> None:
        self._rows.pop(pronunciation_id, None)


def _key(word: DictionaryEntry) -> str:
    return key_of(word.saying.written)
