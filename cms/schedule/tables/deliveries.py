"""Proof of play reported by devices. Names are frozen copies: no later deletion rewrites history."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.relays.model import RelayRun
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import OCCURRENCE_ID, TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from devices.model import DeviceId
from province.areas import AreaId


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
