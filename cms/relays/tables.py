"""Relay sources and their health. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.relays.model import Health, Licence, RelaySourceId, SourceKind, SourceState, StreamForm
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class RelaySourceRow(Base):
    """Programme that may be relayed at and below an area."""

    __tablename__ = "relay_sources"

    id: Mapped[RelaySourceId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[SourceKind] = mapped_column(EnumColumn(SourceKind))
    owner: Mapped[str] = mapped_column(String(200))
    form: Mapped[StreamForm] = mapped_column(EnumColumn(StreamForm))
    urls: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    licence: Mapped[Licence] = mapped_column(Frozen(Licence))
    written_by: Mapped[UserId] = mapped_column(ID)
    written_by_name: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[SourceState] = mapped_column(EnumColumn(SourceState))
    version: Mapped[int]
    editors: Mapped[tuple[UserId, ...]] = mapped_column(Frozen(tuple[UserId, ...]))
    approved_by: Mapped[UserId | None] = mapped_column(ID)
    approved_by_name: Mapped[str] = mapped_column(String(200))
    approved_at: Mapped[datetime | None] = mapped_column(Utc)
    suspended_by_name: Mapped[str] = mapped_column(String(200))
    suspended_why: Mapped[str] = mapped_column(Text)


class SourceHealthRow(Base):
    """Health of a source when it was last checked."""

    __tablename__ = "relay_source_health"

    source_id: Mapped[RelaySourceId] = mapped_column(ID, ForeignKey("relay_sources.id"), primary_key=True)
    health: Mapped[Health] = mapped_column(EnumColumn(Health))
    checked_at: Mapped[datetime] = mapped_column(Utc)
    since_at: Mapped[datetime] = mapped_column(Utc)
    detail: Mapped[str] = mapped_column(String(300))
