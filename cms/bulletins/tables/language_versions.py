"""Table of the language versions of bulletins."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import LanguageVersion
from cms.platform.store.columns import Base


class LanguageVersionRow(Base, table="language_versions", value=LanguageVersion):
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
    group_id: Mapped[BulletinId] = mapped_column(index=True)
    outdated_at: Mapped[datetime | None]
