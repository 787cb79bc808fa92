"""Relay sources and their health. Columns are named like the fields they hold."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from cms.platform.store.columns import Base
from province.areas import AreaId


class RelaySourceRow(Base, value=RelaySource):
    """Programme that may be relayed at and below an area."""

    __tablename__ = "relay_sources"

    id: Mapped[RelaySourceId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(String(200))


class SourceHealthRow(Base, value=SourceHealth):
    """Health of a source when it was last checked."""

    __tablename__ = "relay_source_health"

    source_id: Mapped[RelaySourceId] = mapped_column(ForeignKey("relay_sources.id"), primary_key=True)
    detail: Mapped[str] = mapped_column(String(300))
