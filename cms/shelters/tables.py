"""Shelters of communes."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import Base
from province.areas import AreaId


class AreaShelterRow(Base, table="area_shelters"):
    """Place to which people of an area go when an alert asks them to leave."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    shelter: Mapped[str] = mapped_column(String(200))
