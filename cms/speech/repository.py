"""Repositories of speech: recorded phrases, taught pronunciations, previews."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from broadcast.speech import dictionary, phrase_bank
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from cms.speech.model import SpeechPreview
from cms.speech.tables import PhraseRow, PronunciationRow, SpeechPreviewRow
from province.areas import AreaId
from province.people import UserId


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


class SpeechPreviews(KeyedRepository[str, SpeechPreview], row=SpeechPreviewRow, noun="speech_preview"):
    """Speech previews."""

    def put(self, value: SpeechPreview) -> None:
        """Add the preview, or replace the one of the same id; of two at once the first stays."""
        self.remove(value.id)
        added = insert_or(self._session, SpeechPreviewRow).on_conflict_do_nothing()
        self._session.execute(added, [self._columns(value)])

    def count_of(self, person: UserId, since: datetime, *, only_open: bool = False) -> int:
        """Count what this person has ordered since then; ``only_open``: and what is not made yet."""
        row = SpeechPreviewRow
        is_open = (row.clip.is_(None), row.error == "") if only_open else ()
        query = select(func.count()).where(row.ordered_by == person, row.ordered_at >= since, *is_open)
        return self._session.scalar(query) or 0

    def finish(self, preview_id: str, clip: bytes | None, error: str = "") -> None:
        """Store the clip, or why there is none; a preview that was deleted meanwhile stays so."""
        row = SpeechPreviewRow
        change(self._session, update(row).where(row.id == preview_id).values(clip=clip, error=error))

    def prune(self, before: datetime) -> None:
        """Delete what was ordered before then."""
        change(self._session, delete(SpeechPreviewRow).where(SpeechPreviewRow.ordered_at < before))
