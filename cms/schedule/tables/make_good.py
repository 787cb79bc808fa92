"""Missed airings, and the areas' rules for making them good."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.make_good import Left, Remedy
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import OCCURRENCE_ID, TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Utc
from devices.model import DeviceId
from province.areas import AreaId


class MakeGoodRuleRow(Base):
    """Rule of one area; areas below without a row for the class follow it."""

    __tablename__ = "make_good_rules"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    priority: Mapped[PriorityClass] = mapped_column(EnumColumn(PriorityClass), primary_key=True)
    mode: Mapped[MakeGoodMode] = mapped_column(EnumColumn(MakeGoodMode))
    until: Mapped[time]
    cuts: Mapped[bool]


class MissedRow(Base):
    """Missed airing, as the device reported it.

    ``area_id`` is where it stood when it reported; names are frozen copies.
    """

    __tablename__ = "missed_airings"
    __table_args__ = (
        Index("ix_missed_airings_device_id_remedy", "device_id", "remedy"),
        Index("ix_missed_airings_missed_at_remedy", "missed_at", "remedy"),
        Index("ix_missed_airings_transmission_id", "transmission_id"),
        Index("ix_missed_airings_item_id", "item_id"),
    )

    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    device_name: Mapped[str] = mapped_column(String(200))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID)
    transmission_id: Mapped[TransmissionId] = mapped_column(ID)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID)
    title: Mapped[str] = mapped_column(TITLE)
    missed_at: Mapped[datetime] = mapped_column(Utc)
    result: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    mode: Mapped[MakeGoodMode] = mapped_column(EnumColumn(MakeGoodMode))
    remedy: Mapped[Remedy] = mapped_column(EnumColumn(Remedy))
    item_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID)
    not_before_at: Mapped[datetime] = mapped_column(Utc)
    not_after_at: Mapped[datetime] = mapped_column(Utc)
    reported_at: Mapped[datetime] = mapped_column(Utc)
    left_because: Mapped[Left | None] = mapped_column(EnumColumn(Left))
    decided_by_name: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Utc)
