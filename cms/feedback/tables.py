"""Citizens' feedback. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from broadcast.feedback.model import Channel, FeedbackId, FeedbackKind, FeedbackState
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Utc
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId


class FeedbackRow(Base):
    """Feedback. ``bulletin_id`` and ``device_id`` name its subject at that time."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_said_at_id", "said_at", "id"),
        Index("ix_feedback_answered_at", "answered_at"),
    )

    id: Mapped[FeedbackId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    channel: Mapped[Channel] = mapped_column(EnumColumn(Channel))
    kind: Mapped[FeedbackKind] = mapped_column(EnumColumn(FeedbackKind))
    text: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(Utc)
    taken_by: Mapped[UserId] = mapped_column(ID)
    taken_by_name: Mapped[str] = mapped_column(String(200))
    taken_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[FeedbackState] = mapped_column(EnumColumn(FeedbackState))
    version: Mapped[int]
    contact: Mapped[str] = mapped_column(String(200))
    bulletin_id: Mapped[BulletinId | None] = mapped_column(ID)
    bulletin_title: Mapped[str] = mapped_column(TITLE)
    device_id: Mapped[DeviceId | None] = mapped_column(DEVICE_ID)
    device_name: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    answered_by: Mapped[UserId | None] = mapped_column(ID)
    answered_by_name: Mapped[str] = mapped_column(String(200))
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    closed_by: Mapped[UserId | None] = mapped_column(ID)
    closed_by_name: Mapped[str] = mapped_column(String(200))
    code_hash: Mapped[str] = mapped_column(String(64), server_default=sql("''"), index=True)
    published_text: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    published_at: Mapped[datetime | None] = mapped_column(Utc)
    published_by: Mapped[UserId | None] = mapped_column(ID)
    published_by_name: Mapped[str] = mapped_column(String(200), server_default=sql("''"))
