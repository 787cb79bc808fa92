"""Link to the central source system: received bulletins and outgoing reports. Columns are named like their fields."""

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.model import BulletinId
from broadcast.exchange.central import ReportKind
from cms.bulletins.tables.bulletins import TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Utc
from devices.model import DeviceId


class CentralBulletinRow(Base):
    """Version of a central bulletin, stored once; ``key_hash`` is over id and version, else over the bytes."""

    __tablename__ = "central_bulletins"
    __table_args__ = (Index("ix_central_bulletins_central_id_central_version", "central_id", "central_version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    central_id: Mapped[str] = mapped_column(String(100))
    central_version: Mapped[int]
    title: Mapped[str] = mapped_column(TITLE)
    outcome: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    bulletin_id: Mapped[BulletinId | None] = mapped_column(ID, index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(Utc, index=True)
    times_heard: Mapped[int]
    reported_hash: Mapped[str] = mapped_column(String(64))
    sound_tries: Mapped[int] = mapped_column(server_default="0")
    sound_due_at: Mapped[datetime | None] = mapped_column(Utc, index=True)


class CentralLinkRow(Base):
    """State of the link; one row."""

    __tablename__ = "central_link"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    cursor: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime] = mapped_column(Utc)
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    failing_since_at: Mapped[datetime | None] = mapped_column(Utc)
    failures: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    played_until_at: Mapped[datetime] = mapped_column(Utc)
    figures_on: Mapped[str] = mapped_column(String(10))


class CentralDeviceRow(Base):
    """Device reported to the central system, and the hash over its last report."""

    __tablename__ = "central_devices"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    reported_hash: Mapped[str] = mapped_column(String(64))


class CentralReportRow(Base):
    """Report to the central system. Until it is sent it is retried, for as long as it takes."""

    __tablename__ = "central_reports"
    __table_args__ = (
        Index(
            "ix_central_reports_open",
            "made_at",
            sqlite_where=text("sent_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND dead_at IS NULL"),
        ),
        Index("ix_central_reports_sent_at", "sent_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(EnumColumn(ReportKind))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Utc)
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    dead_at: Mapped[datetime | None] = mapped_column(Utc)
    error: Mapped[str] = mapped_column(Text)
