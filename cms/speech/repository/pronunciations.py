"""Repository of the dictionary of pronunciations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from broadcast.speech.dictionary import key_of
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from cms.platform.store.rows import change, columns_of, value_of
from cms.speech.tables.pronunciations import PronunciationRow
from province.areas import AreaId
from province.errors import NotFoundError


class SqlPronunciations:
    """SQL implementation of ``broadcast.ports.unit_of_work.Words``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, pronunciation_id: PronunciationId) -> DictionaryEntry:
        row = self._session.get(PronunciationRow, pronunciation_id)
        if row is None:
            raise NotFoundError("word", pronunciation_id)
        return value_of(DictionaryEntry, row)

    def find(self, area_id: AreaId, written: str) -> DictionaryEntry | None:
        query = select(PronunciationRow).where(
            PronunciationRow.area_id == area_id, PronunciationRow.key == key_of(written)
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else value_of(DictionaryEntry, row)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DictionaryEntry]:
        rows = self._session.scalars(select(PronunciationRow).where(PronunciationRow.area_id.in_(list(area_ids))))
        # Sorted here: databases differ in where they put Vietnamese letters.
        return [value_of(DictionaryEntry, row) for row in sorted(rows, key=lambda row: (row.key, row.area_id))]

    def put(self, word: DictionaryEntry) -> None:
        key = key_of(word.saying.written)
        change(
            self._session,
            delete(PronunciationRow).where(PronunciationRow.area_id == word.area_id, PronunciationRow.key == key),
        )
        self._session.execute(insert(PronunciationRow), [{**columns_of(word), "key": key}])

    def remove(self, pronunciation_id: PronunciationId) -> None:
        change(self._session, delete(PronunciationRow).where(PronunciationRow.id == pronunciation_id))
