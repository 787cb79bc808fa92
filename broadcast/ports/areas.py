"""Repositories of areas and their settings: pronunciations, phrases, chimes, sets of dates, exemptions, feedback.

And feedback of citizens there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from broadcast.bulletins.chimes import Chime, ChimeId, ChimePlace
from broadcast.feedback.model import Feedback, FeedbackId
from broadcast.scheduling.area_rules import AreaRules, Exemption, ExemptionId
from broadcast.scheduling.closed_days import DateSet, DateSetId
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from province.areas import AreaId, AreaTree


class Places(Protocol):
    def tree(self) -> AreaTree: ...

    def commune_kinds(self) -> Collection[str]:
        """Return the kinds of areas that run a station of their own: they have an inbox."""

    def rules(self, area_id: AreaId) -> AreaRules:
        """Return the effective rules: of the nearest area that sets any, else the default; the strictest quota wins."""

    def own_rules(self, area_id: AreaId) -> AreaRules | None:
        """Return the rules set at this very area."""

    def set_rules(self, area_id: AreaId, rules: AreaRules) -> None: ...


class Pronunciations(Protocol):
    """Dictionary of pronunciations, one entry an area and written form (``broadcast.speech.dictionary.key_of``)."""

    def get(self, pronunciation_id: PronunciationId) -> DictionaryEntry:
        """Raises NotFoundError."""

    def find(self, area_id: AreaId, written: str) -> DictionaryEntry | None:
        """Return this very area's pronunciation of it."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DictionaryEntry]:
        """Return the entries of these very areas, by written form."""

    def put(self, word: DictionaryEntry) -> None:
        """Add the entry, or replace the one of the same area and written form."""

    def remove(self, pronunciation_id: PronunciationId) -> None: ...


class Phrases(Protocol):
    """The phrase bank: one recording for each area, language and phrase (``broadcast.speech.phrase_bank.key_of``)."""

    def get(self, phrase_id: PhraseId) -> PhraseRecording:
        """Raises NotFoundError."""

    def find(self, area_id: AreaId, language: str, text: str) -> PhraseRecording | None:
        """Return this very area's recording of it."""

    def in_areas(self, area_ids: Iterable[AreaId], language: str) -> Sequence[PhraseRecording]:
        """Return the recordings of these very areas, by text."""

    def put(self, recording: PhraseRecording) -> None:
        """Add it, or replace the one of the same id."""

    def remove(self, phrase_id: PhraseId) -> None: ...


class Chimes(Protocol):
    """Opening and closing sounds: one for each area and place."""

    def get(self, chime_id: ChimeId) -> Chime:
        """Raises NotFoundError."""

    def find(self, area_id: AreaId, place: ChimePlace) -> Chime | None:
        """Return the chime of this very area."""

    def all(self) -> Sequence[Chime]:
        """Return the chimes of these very areas, by area and place."""

    def put(self, chime: Chime) -> None:
        """Add it, or replace the one of the same id."""

    def remove(self, chime_id: ChimeId) -> None: ...


class DateSets(Protocol):
    """Own sets of dates of areas: one for each area and name."""

    def get(self, set_id: DateSetId) -> DateSet:
        """Raises NotFoundError."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DateSet]:
        """Return the sets of these very areas, by name."""

    def named(self, set_ids: Iterable[DateSetId]) -> Sequence[DateSet]:
        """Return the existing sets among these ids, by id."""

    def put(self, date_set: DateSet) -> None:
        """Add the set, or replace the one of the same id."""

    def remove(self, set_id: DateSetId) -> None: ...


class Exemptions(Protocol):
    """Dates without quota, in every state. ``Places.rules`` includes the confirmed ones."""

    def get(self, exemption_id: ExemptionId) -> Exemption:
        """Raises NotFoundError."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        """Return the exemptions of these very areas, the latest date first."""

    def put(self, exemption: Exemption) -> None:
        """Add it, or replace the one of the same id."""


class FeedbackRegister(Protocol):
    """Repository of citizens' feedback."""

    def get(self, feedback_id: FeedbackId) -> Feedback:
        """Raises NotFoundError."""

    def find(self, feedback_id: FeedbackId) -> Feedback | None: ...

    def add(self, feedback: Feedback) -> None: ...

    def save(self, feedback: Feedback) -> None:
        """Store ``feedback`` whose ``version`` is one above the stored one; else raises ConflictError."""
