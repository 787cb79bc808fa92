"""Live addresses. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.live.model import LiveId, LiveSession, LiveState
from cms.platform.store.columns import Base
from province.areas import AreaId


class LiveRow(Base, value=LiveSession):
    __tablename__ = "live_sessions"
    __table_args__ = (Index("ix_live_sessions_prepared_at_id", "prepared_at", "id"),)

    id: Mapped[LiveId] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(200))
    prepared_at: Mapped[datetime]
    state: Mapped[LiveState] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    released_by_name: Mapped[str] = mapped_column(server_default=text("''"))


class LivePlaceRow(Base):
    """Area with a live address on air: at most one address an area; the first to insert wins."""

    __tablename__ = "live_places"

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    live_id: Mapped[LiveId] = mapped_column(ForeignKey("live_sessions.id"), index=True)
