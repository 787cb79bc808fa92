from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.speech.phrase_bank import PhraseId, PhraseRecording, key_of
from province.areas import AreaId
from province.errors import NotFoundError


class MemoryPhrases:
    def __init__(self, rows: dict[PhraseId, PhraseRecording]) -> None:
        self._rows = rows

    def get(self, phrase_id: PhraseId) -> PhraseRecording:
        if phrase_id not in self._rows:
            raise NotFoundError("phrase", phrase_id)
        return self._rows[phrase_id]

    def of_area(self, area_id: AreaId, language: str, text: str) -> PhraseRecording | None:
        own = self.in_areas([area_id], language)
        return next((each for each in own if key_of(each.text) == key_of(text)), None)

    def in_areas(self, area_ids: Iterable[AreaId], language: str) -> Sequence[PhraseRecording]:
        wanted = set(area_ids)
        found = [each for each in self._rows.values() if each.area_id in wanted and each.language == language]
        return sorted(found, key=lambda each: (key_of(each.text), each.area_id))

    def put(self, recording: PhraseRecording) -> None:
        self._rows[recording.id] = recording

    def remove(self, phrase_id: PhraseId) -> None:
        self._rows.pop(phrase_id, None)
