"""The royalty table in its versions, and the royalties of bulletins."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from broadcast.royalties.model import Royalty, RoyaltyTable
from cms.platform.store.columns import Base


class RoyaltyTableRow(Base, table="royalty_tables", value=RoyaltyTable):
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(300))
    unit_vnd: Mapped[int] = mapped_column(BigInteger)


class RoyaltyRow(Base, table="royalties", value=Royalty):
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
    author: Mapped[str] = mapped_column(String(200))
    grade: Mapped[str] = mapped_column(String(40))
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    approved_on: Mapped[date] = mapped_column(index=True)
