"""Recordings that people and programs sent in."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import ID, Base, Utc
from province.people import UserId


class SentRecordingRow(Base):
    """Recording sent in, kept or refused: a person's day is counted by these rows.

    ``is_waiting``: the file is in the content store, and nothing is known to use it yet.
    """

    __tablename__ = "sent_recordings"
    __table_args__ = (
        Index("ix_sent_recordings_owner_id_at", "owner_id", "at"),
        Index("ix_sent_recordings_is_waiting_at", "is_waiting", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    owner_id: Mapped[UserId] = mapped_column(ID)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    at: Mapped[datetime] = mapped_column(Utc)
    is_waiting: Mapped[bool]
