"""Repositories of speech: recorded phrases and taught pronunciations."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete

from broadcast.speech import dictionary, phrase_bank
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from cms.speech.tables import PhraseRow, PronunciationRow
from province.areas import AreaId


class Phrases(KeyedRepository[PhraseId, PhraseRecording], row=PhraseRow, noun="phrase"):
    """The phrase bank: one recording for each area, language and phrase (``broadcast.speech.phrase_bank.key_of``)."""

    def of_area(self, area_id: AreaId, language: str, text: str) -> PhraseRecording | None:
        """Return this very area's recording of it."""
        row = PhraseRow
        return self._first(row.area_id == area_id, row.language == language, row.key == _stored_key(text))

    def in_areas(self, area_ids: Iterable[AreaId], language: str) -> Sequence[PhraseRecording]:
        """Return the recordings of these very areas, by text."""
        # Sorted here: databases differ in where they put Vietnamese letters.
        found = self._list(PhraseRow.area_id.in_(list(area_ids)), PhraseRow.language == language)
        return sorted(found, key=lambda each: (phrase_bank.key_of(each.text), each.area_id))

    def _columns(self, value: PhraseRecording) -> dict[str, object]:
        return {**columns_of(value), "key": _stored_key(value.text)}


def _stored_key(text: str) -> str:
    return "|".join(phrase_bank.key_of(text))


class Pronunciations(KeyedRepository[PronunciationId, DictionaryEntry], row=PronunciationRow, noun="word"):
    """Dictionary of pronunciations, one entry an area and written form (``broadcast.speech.dictionary.key_of``)."""

    def of_area(self, area_id: AreaId, written: str) -> DictionaryEntry | None:
        """Return this very area's pronunciation of it."""
        return self._first(PronunciationRow.area_id == area_id, PronunciationRow.key == dictionary.key_of(written))

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DictionaryEntry]:
        """Return the entries of these very areas, by written form."""
        # Sorted here: databases differ in where they put Vietnamese letters.
        found = self._list(PronunciationRow.area_id.in_(list(area_ids)))
        return sorted(found, key=lambda each: (dictionary.key_of(each.saying.written), each.area_id))

    def put(self, value: DictionaryEntry) -> None:
        """Add the entry, or replace the one of the same area and written form."""
        row, key = PronunciationRow, dictionary.key_of(value.saying.written)
        change(self._session, delete(row).where(row.area_id == value.area_id, row.key == key))
        self.add(value)

    def _columns(self, value: DictionaryEntry) -> dict[str, object]:
        return {**columns_of(value), "key": dictionary.key_of(value.saying.written)}
