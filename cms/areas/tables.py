"""Areas and their own settings."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.scheduling.area_rules import AreaRules, Exemption, ExemptionId, ExemptionState
from cms.platform.store.columns import Base
from province.areas import Area, AreaId, Outline
from province.contacts import Contact


class AreaRow(Base, table="areas", value=Area):
    """Area. Never deleted; ``valid_to`` is the first day out of force."""

    id: Mapped[AreaId] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[AreaId | None] = mapped_column(ForeignKey("areas.id"), index=True)
    valid_to: Mapped[date | None]
    codes: Mapped[dict[str, str]]


class AreaOutlineRow(Base, table="area_outlines"):
    """Outline of an area, for maps: as the operator's file had it, without corners that no map shows."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    rings: Mapped[Outline]


class AreaKindRow(Base, table="area_kinds"):
    """Kind of area. ``is_commune``: such areas run a station of their own; a kind without a row does not."""

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_commune: Mapped[bool]


class AreaRulesRow(Base, table="area_rules"):
    """Rules of an area; areas below without a row of their own inherit them."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    rules: Mapped[AreaRules]


class ExemptionRow(Base, table="exemptions", value=Exemption):
    """Dates without quota: requested by one person, decided by another; never deleted."""

    id: Mapped[ExemptionId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    state: Mapped[ExemptionState]


class AreaContactsRow(Base, table="area_contacts"):
    """Contacts of an area; areas below without a row of their own have the same."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    people: Mapped[tuple[Contact, ...]]
