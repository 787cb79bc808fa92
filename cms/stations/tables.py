"""Stations, programmes and their receipts; the shelf and standing orders. Columns are named like their fields."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId, Cues, Sound, Targets
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.relays.model import RelayOrder, RelaySourceId
from broadcast.stations.model import OfferId, ProgrammeId, ProgrammeProgress, StandingOrderId, StationId
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId

_NAME = String(200)
_SERIES = String(120)


class StationRow(Base):
    """Station. ``licence_until_on`` is the last day on which the licence holds."""

    __tablename__ = "stations"

    id: Mapped[StationId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    name: Mapped[str] = mapped_column(_NAME)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(_NAME)
    version: Mapped[int]
    transmits: Mapped[bool]
    frequency_khz: Mapped[int | None]
    power_w: Mapped[int | None]
    site: Mapped[str] = mapped_column(_NAME)
    licence_no: Mapped[str] = mapped_column(String(80))
    licence_until_on: Mapped[date | None]
    device_id: Mapped[DeviceId | None] = mapped_column(DEVICE_ID)


class StationFeedRow(Base):
    """Feed of a station's programmes, one a station; ``secret_hash`` is SHA-256 of the secret in its address."""

    __tablename__ = "station_feeds"

    station_id: Mapped[StationId] = mapped_column(ID, ForeignKey("stations.id"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Utc)
    made_by: Mapped[UserId] = mapped_column(ID)


class ProgrammeRow(Base):
    """Programme, one of each bulletin: the ids are the same."""

    __tablename__ = "programmes"
    __table_args__ = (Index("ix_programmes_changed_at_id", "changed_at", "id"),)

    id: Mapped[ProgrammeId] = mapped_column(ID, primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), unique=True)
    transmission_id: Mapped[TransmissionId] = mapped_column(ID)
    targets: Mapped[Targets] = mapped_column(Frozen(Targets))
    title: Mapped[str] = mapped_column(TITLE)
    text: Mapped[str] = mapped_column(Text)
    crawl: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(80))
    origin: Mapped[str] = mapped_column(TITLE)
    language: Mapped[str] = mapped_column(String(40))
    master_sha256: Mapped[str] = mapped_column(String(64))
    skip_ms: Mapped[int]
    approved_by_name: Mapped[str] = mapped_column(_NAME)
    approved_at: Mapped[datetime] = mapped_column(Utc)
    start_at: Mapped[datetime] = mapped_column(Utc)
    end_at: Mapped[datetime | None] = mapped_column(Utc)
    kill_at: Mapped[datetime | None] = mapped_column(Utc)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    sound: Mapped[Sound] = mapped_column(Frozen(Sound))
    killed_at: Mapped[datetime | None] = mapped_column(Utc)
    version: Mapped[int]
    original_sha256: Mapped[str] = mapped_column(String(64), server_default=sql("''"))
    cues: Mapped[Cues] = mapped_column(Frozen(Cues), server_default="{}")


class ProgrammeReceiptRow(Base):
    """Receipt of a programme. The primary key makes a repeated receipt the same row."""

    __tablename__ = "programme_receipts"

    station_id: Mapped[StationId] = mapped_column(ID, ForeignKey("stations.id"), primary_key=True)
    programme_id: Mapped[ProgrammeId] = mapped_column(ID, ForeignKey("programmes.id"), primary_key=True, index=True)
    rung: Mapped[ProgrammeProgress] = mapped_column(EnumColumn(ProgrammeProgress), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    reported_at: Mapped[datetime] = mapped_column(Utc)
    reported_by_name: Mapped[str] = mapped_column(_NAME)
    sha256: Mapped[str] = mapped_column(String(64))
    duration_ms: Mapped[int | None]


class OfferRow(Base):
    """Offer of a station. ``relay_source_id`` is copied from ``relay``, for queries."""

    __tablename__ = "offers"
    __table_args__ = (Index("ix_offers_offered_at_id", "offered_at", "id"),)

    id: Mapped[OfferId] = mapped_column(ID, primary_key=True)
    station_id: Mapped[StationId] = mapped_column(ID, ForeignKey("stations.id"), index=True)
    station_name: Mapped[str] = mapped_column(_NAME)
    series: Mapped[str] = mapped_column(_SERIES)
    title: Mapped[str] = mapped_column(TITLE)
    text: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(80))
    original_sha256: Mapped[str] = mapped_column(String(64))
    original_name: Mapped[str] = mapped_column(TITLE)
    offered_at: Mapped[datetime] = mapped_column(Utc)
    offered_by: Mapped[UserId] = mapped_column(ID)
    offered_by_name: Mapped[str] = mapped_column(_NAME)
    until_on: Mapped[date | None]
    sound: Mapped[Sound] = mapped_column(Frozen(Sound))
    relay: Mapped[RelayOrder | None] = mapped_column(Frozen(RelayOrder))
    relay_source_id: Mapped[RelaySourceId | None] = mapped_column(ID, index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Utc)
    version: Mapped[int]


class StandingOrderRow(Base):
    """Standing order, one for each area, station and series."""

    __tablename__ = "standing_orders"
    __table_args__ = (UniqueConstraint("area_id", "station_id", "series"),)

    id: Mapped[StandingOrderId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    station_id: Mapped[StationId] = mapped_column(ID, ForeignKey("stations.id"), index=True)
    series: Mapped[str] = mapped_column(_SERIES)
    ordered_at: Mapped[datetime] = mapped_column(Utc)
    ordered_by: Mapped[UserId] = mapped_column(ID)
    ordered_by_name: Mapped[str] = mapped_column(_NAME)


class TakenRow(Base):
    """Bulletin that a commune made from an offer."""

    __tablename__ = "offers_taken"

    offer_id: Mapped[OfferId] = mapped_column(ID, ForeignKey("offers.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"))
    taken_at: Mapped[datetime] = mapped_column(Utc)
    taken_by_name: Mapped[str] = mapped_column(_NAME)
    order_id: Mapped[StandingOrderId | None] = mapped_column(ID)
