"""Use of the public pages, and bulletins kept off them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from cms.platform.store.columns import Base
from province.people import UserId


class PublicUseRow(Base, table="public_uses"):
    """Use by an anonymous caller within the last hour; ``mark`` is a keyed hash of action and address."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    mark: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class UnlistedBulletinRow(Base, table="hidden_bulletins"):
    """Bulletin hidden from the public pages, although it was heard."""

    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
    by: Mapped[UserId]
    by_name: Mapped[str]
    at: Mapped[datetime]
