"""Repository of the phrase bank."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from broadcast.speech.phrase_bank import PhraseId, PhraseRecording, key_of
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from cms.speech.tables.phrases import PhraseRow
from province.areas import AreaId
from province.errors import NotFoundError


class Phrases(Repository):
    """The phrase bank: one recording for each area, language and phrase (``broadcast.speech.phrase_bank.key_of``)."""

    def get(self, phrase_id: PhraseId) -> PhraseRecording:
        """Raises NotFoundError."""
        row = self._session.get(PhraseRow, phrase_id)
        if row is None:
            raise NotFoundError("phrase", phrase_id)
        return value_of(PhraseRecording, row)

    def find(self, area_id: AreaId, language: str, text: str) -> PhraseRecording | None:
        """Return this very area's recording of it."""
        query = select(PhraseRow).where(
            PhraseRow.area_id == area_id, PhraseRow.language == language, PhraseRow.key == _stored_key(text)
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else value_of(PhraseRecording, row)

    def in_areas(self, area_ids: Iterable[AreaId], language: str) -> Sequence[PhraseRecording]:
        """Return the recordings of these very areas, by text."""
        query = select(PhraseRow).where(PhraseRow.area_id.in_(list(area_ids)), PhraseRow.language == language)
        # Sorted here: databases differ in where they put Vietnamese letters.
        rows = sorted(self._session.scalars(query), key=lambda row: (key_of(row.text), row.area_id))
        return [value_of(PhraseRecording, row) for row in rows]

    def put(self, recording: PhraseRecording) -> None:
        """Add it, or replace the one of the same id."""
        self.remove(recording.id)
        self._session.execute(insert(PhraseRow), [{**columns_of(recording), "key": _stored_key(recording.text)}])

    def remove(self, phrase_id: PhraseId) -> None:
        change(self._session, delete(PhraseRow).where(PhraseRow.id == phrase_id))


def _stored_key(text: str) -> str:
    return "|".join(key_of(text))
