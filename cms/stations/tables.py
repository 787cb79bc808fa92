"""Stations, programmes and their receipts; the shelf and standing orders."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId, Cues, Sound
from broadcast.relays.model import RelaySourceId
from broadcast.stations.model import (
    Offer,
    OfferId,
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    ProgrammeReceipt,
    StandingOrder,
    StandingOrderId,
    Station,
    StationId,
    TakenOffer,
)
from cms.bulletins.tables.bulletins import TITLE
from cms.platform.store.columns import Base
from province.areas import AreaId
from province.people import UserId

_NAME = String(200)
_SERIES = String(120)


class StationRow(Base, table="stations", value=Station):
    """Station. ``licence_until_on`` is the last day on which the licence holds."""

    id: Mapped[StationId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    name: Mapped[str]
    site: Mapped[str] = mapped_column(_NAME)
    licence_no: Mapped[str] = mapped_column(String(80))


class StationFeedRow(Base, table="station_feeds"):
    """Feed of a station's programmes, one a station; ``secret_hash`` is SHA-256 of the secret in its address."""

    station_id: Mapped[StationId] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[UserId]


class ProgrammeRow(Base, table="programmes", value=Programme):
    """Programme, one of each bulletin: the ids are the same."""

    __table_args__ = (Index("ix_programmes_changed_at_id", "changed_at", "id"),)

    id: Mapped[ProgrammeId] = mapped_column(primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), unique=True)
    killed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    kill_at: Mapped[datetime | None]
    original_sha256: Mapped[str] = mapped_column(server_default=sql("''"))
    cues: Mapped[Cues] = mapped_column(server_default="{}")


class ProgrammeReceiptRow(Base, table="programme_receipts", value=ProgrammeReceipt):
    """Receipt of a programme. The primary key makes a repeated receipt the same row."""

    station_id: Mapped[StationId] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    programme_id: Mapped[ProgrammeId] = mapped_column(ForeignKey("programmes.id"), primary_key=True, index=True)
    rung: Mapped[ProgrammeProgress] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)


class OfferRow(Base, table="offers", value=Offer):
    """Offer of a station. ``relay_source_id`` is copied from ``relay``, for queries."""

    __table_args__ = (Index("ix_offers_offered_at_id", "offered_at", "id"),)

    id: Mapped[OfferId] = mapped_column(primary_key=True)
    station_id: Mapped[StationId] = mapped_column(ForeignKey("stations.id"), index=True)
    series: Mapped[str] = mapped_column(_SERIES)
    original_sha256: Mapped[str]
    original_name: Mapped[str] = mapped_column(TITLE)
    offered_at: Mapped[datetime]
    until_on: Mapped[date | None]
    sound: Mapped[Sound]
    relay_source_id: Mapped[RelaySourceId | None] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]


class StandingOrderRow(Base, table="standing_orders", value=StandingOrder):
    """Standing order, one for each area, station and series."""

    __table_args__ = (UniqueConstraint("area_id", "station_id", "series"),)

    id: Mapped[StandingOrderId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    station_id: Mapped[StationId] = mapped_column(ForeignKey("stations.id"), index=True)
    series: Mapped[str] = mapped_column(_SERIES)
    ordered_at: Mapped[datetime]


class TakenRow(Base, table="offers_taken", value=TakenOffer):
    """Bulletin that a commune made from an offer."""

    offer_id: Mapped[OfferId] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"))
    taken_at: Mapped[datetime]
