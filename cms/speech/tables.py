"""Tables of speech: recorded phrases and taught pronunciations."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.speech.phrase_bank import PhraseId
from broadcast.speech.readings import PronunciationId, Saying
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class PhraseRow(Base):
    """Recorded phrase. ``key`` is the normalised text: one recording for each area, language and key."""

    __tablename__ = "phrases"
    __table_args__ = (UniqueConstraint("area_id", "language", "key"),)

    id: Mapped[PhraseId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    language: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(700))
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    by_name: Mapped[str] = mapped_column(String(200))
    level_lufs: Mapped[float | None]
    floor_dbfs: Mapped[float | None]
    candidate_sha256: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(ID)
    refusal: Mapped[str] = mapped_column(String(80))


class PronunciationRow(Base):
    """Pronunciation. ``key`` is the normalised written form: one row for each area and key."""

    __tablename__ = "pronunciations"
    __table_args__ = (UniqueConstraint("area_id", "key"),)

    id: Mapped[PronunciationId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    key: Mapped[str] = mapped_column(String(200))
    saying: Mapped[Saying] = mapped_column(Frozen(Saying))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(String(200))
