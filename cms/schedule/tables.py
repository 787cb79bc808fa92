"""Tables of the schedule: calendar feeds and sets of dates, proof of play, and missed airings."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.relays.model import RelayRun
from broadcast.scheduling.closed_days import DateSetId
from broadcast.scheduling.make_good import Left, Remedy
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import OCCURRENCE_ID, TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from devices.model import DeviceId
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


class DeliveryRow(Base):
    """Delivery state: the highest rung a device has reported for an occurrence. ``rank`` orders the rungs.

    Once it has aired there is a row for each device it was meant for, in the area where the device stood.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        # Counts of a day's rungs are answered from this index alone.
        Index("ix_deliveries_counted", "occurrence_id", "area_id", "state", "device_id"),
    )

    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True, index=True)
    device_name: Mapped[str] = mapped_column(String(200))
    transmission_id: Mapped[TransmissionId] = mapped_column(ID)
    state: Mapped[DeliveryState] = mapped_column(EnumColumn(DeliveryState))
    rank: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(Utc)
    reason: Mapped[str] = mapped_column(String(40))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, server_default=text("''"))


class AiredAudienceRow(Base):
    """Number of an area's loudspeakers that an airing was meant for when it began: devices come, go and move later.

    ``listed``: each of them has its row in ``deliveries``; false for airings before this table existed.
    """

    __tablename__ = "aired_audiences"

    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    devices: Mapped[int]
    frozen_at: Mapped[datetime] = mapped_column(Utc)
    listed: Mapped[bool]


class AsRunRow(Base):
    """As-run record of one sounding, counted once: the device's record id is never used again on that device."""

    __tablename__ = "as_runs"
    __table_args__ = (
        Index("ix_as_runs_occurrence_id", "occurrence_id"),
        Index("ix_as_runs_device_id_planned_at", "device_id", "planned_at"),
        Index("ix_as_runs_planned_at", "planned_at"),
    )

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    record_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    device_name: Mapped[str] = mapped_column(String(200))
    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID)
    transmission_id: Mapped[TransmissionId] = mapped_column(ID)
    title: Mapped[str] = mapped_column(TITLE)
    sha256: Mapped[str] = mapped_column(String(64))
    planned_at: Mapped[datetime] = mapped_column(Utc)
    started_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    result: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    volume_pct: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(Utc)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, server_default=text("''"))
    area_name: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    relayed: Mapped[RelayRun | None] = mapped_column(Frozen(RelayRun))
    round: Mapped[int] = mapped_column(server_default="0")


class AsRunSealRow(Base):
    """Link of the hash chain over the as-run log: the ``seq``-th record, and the hash of all up to it."""

    __tablename__ = "as_run_seals"
    __table_args__ = (UniqueConstraint("device_id", "record_id"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID)
    record_id: Mapped[str] = mapped_column(String(80))
    hash: Mapped[str] = mapped_column(String(64))


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
