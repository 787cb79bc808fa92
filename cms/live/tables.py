"""Live addresses."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.live.model import LiveId, LiveSession, LiveState
from cms.platform.store.columns import Base
from province.areas import AreaId


class LiveRow(Base, table="live_sessions", value=LiveSession):
    __table_args__ = (Index("ix_live_sessions_prepared_at_id", "prepared_at", "id"),)

    id: Mapped[LiveId] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(200))
    prepared_at: Mapped[datetime]
    state: Mapped[LiveState] = mapped_column(index=True)
    until_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    released_by_name: Mapped[str] = mapped_column(server_default=text("''"))


class LivePlaceRow(Base, table="live_places"):
    """Area with a live address on air: at most one address an area; the first to insert wins."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    live_id: Mapped[LiveId] = mapped_column(ForeignKey("live_sessions.id"), index=True)
