"""What everybody may read, and what not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.model.bulletins import BulletinId
from broadcast.model.people import UserId
from cms.store.tables.columns import Base, Utc
from cms.store.tables.people import ID


class UnlistedBulletinRow(Base):
    """A bulletin that stands on no public page, although it was heard."""

    __tablename__ = "unlisted_bulletins"

    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), primary_key=True)
    by: Mapped[UserId] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Utc)
