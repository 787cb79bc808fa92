"""Opening and closing sounds of areas."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.chimes import ChimeId, ChimePlace
from broadcast.bulletins.model import Sound
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class ChimeRow(Base):
    """Chime, one for each area and place."""

    __tablename__ = "chimes"
    __table_args__ = (UniqueConstraint("area_id", "place"),)

    id: Mapped[ChimeId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    place: Mapped[ChimePlace] = mapped_column(EnumColumn(ChimePlace))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(String(200))
    sound: Mapped[Sound] = mapped_column(Frozen(Sound))
    original_name: Mapped[str] = mapped_column(String(300))
    candidate_sha256: Mapped[str] = mapped_column(String(64))
    candidate_name: Mapped[str] = mapped_column(String(300))
    job_id: Mapped[str] = mapped_column(ID)
    refusal: Mapped[str] = mapped_column(String(80))
