"""Live addresses. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import Sound
from broadcast.live.model import LiveEnd, LiveId, LiveRecording, LiveState
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class LiveRow(Base):
    __tablename__ = "live_sessions"
    __table_args__ = (Index("ix_live_sessions_prepared_at_id", "prepared_at", "id"),)

    id: Mapped[LiveId] = mapped_column(ID, primary_key=True)
    areas: Mapped[tuple[AreaId, ...]] = mapped_column(Frozen(tuple[str, ...]))
    topic: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[UserId] = mapped_column(ID)
    owner_name: Mapped[str] = mapped_column(String(200))
    prepared_at: Mapped[datetime] = mapped_column(Utc)
    until_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[LiveState] = mapped_column(EnumColumn(LiveState), index=True)
    version: Mapped[int]
    on_air_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    end: Mapped[LiveEnd | None] = mapped_column(EnumColumn(LiveEnd))
    ended_by_name: Mapped[str] = mapped_column(String(200))
    recording: Mapped[LiveRecording | None] = mapped_column(Frozen(LiveRecording))
    sound: Mapped[Sound | None] = mapped_column(Frozen(Sound))
    released_by_name: Mapped[str] = mapped_column(String(200), server_default=text("''"))


class LivePlaceRow(Base):
    """Area with a live address on air: at most one address an area; the first to insert wins."""

    __tablename__ = "live_places"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    live_id: Mapped[LiveId] = mapped_column(ID, ForeignKey("live_sessions.id"), index=True)
