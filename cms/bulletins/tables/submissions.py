"""Table of submissions that wait for a sound."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import AwaitedSubmission
from cms.platform.store.columns import Base
from province.people import UserId


class AwaitedSubmissionRow(Base, table="awaited_submissions", value=AwaitedSubmission):
    """Awaited submission: at most one for each bulletin."""

    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
    version: Mapped[int]
    ordered_by: Mapped[UserId]
    ordered_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]
