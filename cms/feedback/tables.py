"""Citizens' feedback."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.feedback.model import Feedback, FeedbackId, FeedbackKind, FeedbackState
from cms.platform.store.columns import Base
from province.areas import AreaId


class FeedbackRow(Base, table="feedback", value=Feedback):
    """Feedback. ``bulletin_id`` and ``device_id`` name its subject at that time."""

    __table_args__ = (
        Index("ix_feedback_said_at_id", "said_at", "id"),
        Index("ix_feedback_answered_at", "answered_at"),
    )

    id: Mapped[FeedbackId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    kind: Mapped[FeedbackKind]
    said_at: Mapped[datetime]
    state: Mapped[FeedbackState]
    contact: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime | None]
    code_hash: Mapped[str] = mapped_column(server_default=sql("''"), index=True)
    published_text: Mapped[str] = mapped_column(server_default=sql("''"))
    published_at: Mapped[datetime | None]
    published_by_name: Mapped[str] = mapped_column(server_default=sql("''"))
