"""Areas and their own settings."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.scheduling.area_rules import AreaRules, ExemptionId, ExemptionState
from cms.platform.store.columns import Base, EnumColumn, Frozen, Utc
from province.areas import AreaId, Outline, Point
from province.contacts import Contact
from province.people import UserId

AREA_ID = String(40)


class AreaRow(Base):
    """Area. Never deleted; ``valid_to`` is the first day out of force."""

    __tablename__ = "areas"

    id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[AreaId | None] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    codes: Mapped[dict[str, str]] = mapped_column(Frozen(dict[str, str]))
    point: Mapped[Point | None] = mapped_column(Frozen(Point | None))
    predecessors: Mapped[tuple[AreaId, ...]] = mapped_column(Frozen(tuple[str, ...]))


class AreaOutlineRow(Base):
    """Outline of an area, for maps: as the operator's file had it, without corners that no map shows."""

    __tablename__ = "area_outlines"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    rings: Mapped[Outline] = mapped_column(Frozen(list[list[tuple[float, float]]]))


class AreaKindRow(Base):
    """Kind of area. ``is_commune``: such areas run a station of their own; a kind without a row does not."""

    __tablename__ = "area_kinds"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_commune: Mapped[bool]


class AreaRulesRow(Base):
    """Rules of an area; areas below without a row of their own inherit them."""

    __tablename__ = "area_rules"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    rules: Mapped[AreaRules] = mapped_column(Frozen(AreaRules))


class ExemptionRow(Base):
    """Dates without quota: requested by one person, decided by another; never deleted."""

    __tablename__ = "exemptions"

    id: Mapped[ExemptionId] = mapped_column(String(40), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    state: Mapped[ExemptionState] = mapped_column(EnumColumn(ExemptionState))
    asked_by: Mapped[UserId] = mapped_column(String(40))
    asked_by_name: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(Utc)
    decided_by: Mapped[UserId | None] = mapped_column(String(40))
    decided_by_name: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Utc)


class AreaContactsRow(Base):
    """Contacts of an area; areas below without a row of their own have the same."""

    __tablename__ = "area_contacts"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    people: Mapped[tuple[Contact, ...]] = mapped_column(Frozen(tuple[Contact, ...]))
