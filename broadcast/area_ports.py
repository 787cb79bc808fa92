"""Areas, and what they keep for themselves, as the rules see it: words, phrases, sets of dates, dates without quota.

And what citizens there said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from broadcast.model.area_rules import AreaRules, Exemption, ExemptionId
from broadcast.model.chimes import Chime, ChimeId, ChimePlace
from broadcast.model.date_sets import DateSet, DateSetId
from broadcast.model.feedback import Feedback, FeedbackId
from broadcast.model.phrases import PhraseId, PhraseRecording
from broadcast.model.readings import Word, WordId
from province.areas import AreaId, AreaTree


class Places(Protocol):
    def tree(self) -> AreaTree: ...

    def commune_kinds(self) -> Collection[str]:
        """Kinds of the areas that run a station of their own: they have an inbox."""

    def rules(self, area_id: AreaId) -> AreaRules:
        """Effective: the nearest's that sets any, else the default; the strictest quota (``quotas.effective``)."""

    def own_rules(self, area_id: AreaId) -> AreaRules | None:
        """Those set at this very area."""

    def set_rules(self, area_id: AreaId, rules: AreaRules) -> None: ...


class Words(Protocol):
    """The dictionary: one word for each area and written form (``broadcast.dictionary.key_of``)."""

    def get(self, word_id: WordId) -> Word:
        """Raises NotFoundError."""

    def find(self, area_id: AreaId, written: str) -> Word | None:
        """What this very area says for it."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Word]:
        """The words of these very areas, by written form."""

    def put(self, word: Word) -> None:
        """In the place of the one of the same area and written form."""

    def remove(self, word_id: WordId) -> None: ...


class Phrases(Protocol):
    """The phrase bank: one recording for each area, language and phrase (``broadcast.phrase_bank.key_of``)."""

    def get(self, phrase_id: PhraseId) -> PhraseRecording:
        """Raises NotFoundError."""

    def find(self, area_id: AreaId, language: str, text: str) -> PhraseRecording | None:
        """What this very area has for it."""

    def in_areas(self, area_ids: Iterable[AreaId], language: str) -> Sequence[PhraseRecording]:
        """Those of these very areas, by text."""

    def put(self, recording: PhraseRecording) -> None:
        """In the place of the one of the same id, or new."""

    def remove(self, phrase_id: PhraseId) -> None: ...


class Chimes(Protocol):
    """Opening and closing sounds: one for each area and place."""

    def get(self, chime_id: ChimeId) -> Chime:
        """Raises NotFoundError."""

    def find(self, area_id: AreaId, place: ChimePlace) -> Chime | None:
        """That of this very area."""

    def all(self) -> Sequence[Chime]:
        """By area and place."""

    def put(self, chime: Chime) -> None:
        """In the place of the one of the same id, or new."""

    def remove(self, chime_id: ChimeId) -> None: ...


class DateSets(Protocol):
    """Sets of dates of one's own: one for each area and name."""

    def get(self, set_id: DateSetId) -> DateSet:
        """Raises NotFoundError."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DateSet]:
        """The sets of these very areas, by name."""

    def named(self, set_ids: Iterable[DateSetId]) -> Sequence[DateSet]:
        """Those of these ids that are there, by id."""

    def put(self, date_set: DateSet) -> None:
        """In the place of the one of the same id."""

    def remove(self, set_id: DateSetId) -> None: ...


class Exemptions(Protocol):
    """Dates without quota, whatever became of them. Of the confirmed ones ``Places.rules`` tells."""

    def get(self, exemption_id: ExemptionId) -> Exemption:
        """Raises NotFoundError."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        """Those of these very areas, the latest date first."""

    def put(self, exemption: Exemption) -> None:
        """In the place of the one of the same id, or new."""


class FeedbackRegister(Protocol):
    """What citizens said."""

    def get(self, feedback_id: FeedbackId) -> Feedback:
        """Raises NotFoundError."""

    def find(self, feedback_id: FeedbackId) -> Feedback | None: ...

    def add(self, feedback: Feedback) -> None: ...

    def save(self, feedback: Feedback) -> None:
        """Store ``feedback`` whose ``version`` is one above the stored one; else raises ConflictError."""
