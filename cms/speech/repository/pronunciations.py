"""Repository of the dictionary of pronunciations."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from broadcast.speech.dictionary import key_of
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from cms.speech.tables.pronunciations import PronunciationRow
from province.areas import AreaId
from province.errors import NotFoundError


class Pronunciations(Repository):
    """Dictionary of pronunciations, one entry an area and written form (``broadcast.speech.dictionary.key_of``)."""

    def get(self, pronunciation_id: PronunciationId) -> DictionaryEntry:
        """Raises NotFoundError."""
        row = self._session.get(PronunciationRow, pronunciation_id)
        if row is None:
            raise NotFoundError("word", pronunciation_id)
        return value_of(DictionaryEntry, row)

    def find(self, area_id: AreaId, written: str) -> DictionaryEntry | None:
        """Return this very area's pronunciation of it."""
        query = select(PronunciationRow).where(
            PronunciationRow.area_id == area_id, PronunciationRow.key == key_of(written)
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else value_of(DictionaryEntry, row)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DictionaryEntry]:
        """Return the entries of these very areas, by written form."""
        rows = self._session.scalars(select(PronunciationRow).where(PronunciationRow.area_id.in_(list(area_ids))))
        # Sorted here: databases differ in where they put Vietnamese letters.
        return [value_of(DictionaryEntry, row) for row in sorted(rows, key=lambda row: (row.key, row.area_id))]

    def put(self, word: DictionaryEntry) -> None:
        """Add the entry, or replace the one of the same area and written form."""
        key = key_of(word.saying.written)
        change(
            self._session,
            delete(PronunciationRow).where(PronunciationRow.area_id == word.area_id, PronunciationRow.key == key),
        )
        self._session.execute(insert(PronunciationRow), [{**columns_of(word), "key": key}])

    def remove(self, pronunciation_id: PronunciationId) -> None:
        change(self._session, delete(PronunciationRow).where(PronunciationRow.id == pronunciation_id))
