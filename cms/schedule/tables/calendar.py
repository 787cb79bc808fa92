"""Named sets of dates on which rules keep silent, and calendar feeds."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.scheduling.closed_days import DateSetId
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class DateSetRow(Base):
    """Set of dates, one for each area and name."""

    __tablename__ = "date_sets"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[DateSetId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    name: Mapped[str] = mapped_column(String(80))
    dates: Mapped[tuple[date, ...]] = mapped_column(Frozen(tuple[date, ...]))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(String(200))


class CalendarFeedRow(Base):
    """Calendar feed. ``secret_hash`` is SHA-256 of the secret in its address."""

    __tablename__ = "calendar_feeds"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), index=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
