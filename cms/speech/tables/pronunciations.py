"""Dictionary of pronunciations of the province."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.speech.readings import PronunciationId, Saying
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


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
