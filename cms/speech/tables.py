"""Tables of speech: recorded phrases, taught pronunciations, previews."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from broadcast.speech.readings import DictionaryEntry, PronunciationId
from cms.platform.store.columns import Base
from cms.speech.model import SpeechPreview
from province.areas import AreaId
from province.people import UserId


class PhraseRow(Base, table="phrases", value=PhraseRecording):
    """Recorded phrase. ``key`` is the normalised text: one recording for each area, language and key."""

    __table_args__ = (UniqueConstraint("area_id", "language", "key"),)

    id: Mapped[PhraseId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    language: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(700))


class PronunciationRow(Base, table="pronunciations", value=DictionaryEntry):
    """Pronunciation. ``key`` is the normalised written form: one row for each area and key."""

    __table_args__ = (UniqueConstraint("area_id", "key"),)

    id: Mapped[PronunciationId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    key: Mapped[str] = mapped_column(String(200))


class SpeechPreviewRow(Base, table="speech_previews", value=SpeechPreview):
    """Speech preview."""

    id: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(20))
    ordered_by: Mapped[UserId] = mapped_column(index=True)
    ordered_at: Mapped[datetime] = mapped_column(index=True)
    clip: Mapped[bytes | None]
    error: Mapped[str]
