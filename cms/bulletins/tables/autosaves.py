"""Table of autosaved bulletin forms."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import Autosave, AutosaveId
from cms.bulletins.tables.bulletins import TITLE
from cms.platform.store.columns import ID, Base
from province.people import UserId


class AutosaveRow(Base, table="autosaves", value=Autosave):
    """Autosaved form: one for each person and bulletin. No bulletin needs to exist yet."""

    __table_args__ = (Index("ix_autosaves_owner_id_saved_at", "owner_id", "saved_at"),)

    id: Mapped[AutosaveId] = mapped_column(String(100), primary_key=True)
    owner_id: Mapped[UserId]
    bulletin_id: Mapped[BulletinId]
    title: Mapped[str] = mapped_column(TITLE)
    version: Mapped[int]
    window: Mapped[str] = mapped_column(ID)
    saved_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
