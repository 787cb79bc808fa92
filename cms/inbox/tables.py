"""Bulletins handed down to communes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from broadcast.inbox.model import HandedDown, HandedDownId, HandedDownState, InboxRules
from cms.platform.store.columns import Base
from province.areas import AreaId


class HandedDownRow(Base, table="handed_down", value=HandedDown):
    """Handed-down bulletin, once for each commune."""

    __table_args__ = (
        UniqueConstraint("bulletin_id", "area_id"),
        Index("ix_handed_down_area_id_state_sent_at", "area_id", "state", "sent_at"),
        Index("ix_handed_down_state_answer_by_at", "state", "answer_by_at"),
    )

    id: Mapped[HandedDownId] = mapped_column(primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"))
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    state: Mapped[HandedDownState]
    sent_at: Mapped[datetime]
    answer_by_at: Mapped[datetime]
    placed_id: Mapped[BulletinId | None] = mapped_column(index=True)


class InboxRulesRow(Base, table="inbox_rules"):
    """Inbox rules of an area; areas below without a row of their own inherit them."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    rules: Mapped[InboxRules]
