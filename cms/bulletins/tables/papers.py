"""Table of the official papers that bulletins were made from."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import BulletinPaper
from cms.platform.store.columns import Base


class BulletinPaperRow(Base, table="bulletin_papers", value=BulletinPaper):
    """Official paper of a bulletin; its file is content, which this row names."""

    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
