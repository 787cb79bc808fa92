"""Bulletins handed down to communes. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.inbox.model import HandedDownId, HandedDownState, InboxRules
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import TITLE
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class HandedDownRow(Base):
    """Handed-down bulletin, once for each commune."""

    __tablename__ = "handed_down"
    __table_args__ = (
        UniqueConstraint("bulletin_id", "area_id"),
        Index("ix_handed_down_area_id_state_sent_at", "area_id", "state", "sent_at"),
        Index("ix_handed_down_state_answer_by_at", "state", "answer_by_at"),
    )

    id: Mapped[HandedDownId] = mapped_column(ID, primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    title: Mapped[str] = mapped_column(TITLE)
    priority: Mapped[PriorityClass] = mapped_column(EnumColumn(PriorityClass))
    state: Mapped[HandedDownState] = mapped_column(EnumColumn(HandedDownState))
    approved_by: Mapped[UserId] = mapped_column(ID)
    approved_by_name: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime] = mapped_column(Utc)
    answer_by_at: Mapped[datetime] = mapped_column(Utc)
    version: Mapped[int]
    seen_at: Mapped[datetime | None] = mapped_column(Utc)
    seen_by_name: Mapped[str] = mapped_column(String(200))
    placed_id: Mapped[BulletinId | None] = mapped_column(ID, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    answered_by: Mapped[UserId | None] = mapped_column(ID)
    answered_by_name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)


class InboxRulesRow(Base):
    """Inbox rules of an area; areas below without a row of their own inherit them."""

    __tablename__ = "inbox_rules"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    rules: Mapped[InboxRules] = mapped_column(Frozen(InboxRules))
