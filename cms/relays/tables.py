"""Relay sources and their health."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from cms.platform.store.columns import Base
from province.areas import AreaId


class RelaySourceRow(Base, table="relay_sources", value=RelaySource):
    """Programme that may be relayed at and below an area."""

    id: Mapped[RelaySourceId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(String(200))


class SourceHealthRow(Base, table="relay_source_health", value=SourceHealth):
    """Health of a source when it was last checked."""

    source_id: Mapped[RelaySourceId] = mapped_column(ForeignKey("relay_sources.id"), primary_key=True)
    detail: Mapped[str] = mapped_column(String(300))
