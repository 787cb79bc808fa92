"""Remote commands, their batches and progress, and maintenance windows, in which faults are muted."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from devices.commands.model import (
    Arguments,
    BatchDanger,
    BatchId,
    BatchState,
    CommandId,
    CommandKind,
    CommandState,
    Omission,
    WindowId,
)
from devices.model import DeviceId
from devices.protocol.messages import TestResult
from province.areas import AreaId

NAME = String(200)
_IS_OPEN = text("state IN ('queued', 'sent', 'received')")


class BatchRow(Base):
    """Batch of commands. ``device_ids``, ``left_out`` and ``dangers`` are as shown to the person who asked."""

    __tablename__ = "command_batches"
    __table_args__ = (Index("ix_command_batches_state_asked_at", "state", "asked_at"),)

    id: Mapped[BatchId] = mapped_column(ID, primary_key=True)
    kind: Mapped[CommandKind] = mapped_column(EnumColumn(CommandKind))
    arguments: Mapped[Arguments] = mapped_column(Frozen(Arguments))
    reason: Mapped[str] = mapped_column(Text)
    device_ids: Mapped[tuple[DeviceId, ...]] = mapped_column(Frozen(tuple[str, ...]))
    area_ids: Mapped[tuple[AreaId, ...]] = mapped_column(Frozen(tuple[str, ...]))
    left_out: Mapped[tuple[Omission, ...]] = mapped_column(Frozen(tuple[Omission, ...]))
    dangers: Mapped[tuple[BatchDanger, ...]] = mapped_column(Frozen(tuple[BatchDanger, ...]))
    asked_by: Mapped[str] = mapped_column(ID)
    asked_by_name: Mapped[str] = mapped_column(NAME)
    asked_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[BatchState] = mapped_column(EnumColumn(BatchState))
    version: Mapped[int]
    agreed_by: Mapped[str | None] = mapped_column(ID)
    agreed_by_name: Mapped[str] = mapped_column(NAME)
    agreed_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by_name: Mapped[str] = mapped_column(NAME)
    ended_why: Mapped[str] = mapped_column(Text)


class RemoteCommandRow(Base):
    """Remote command of one device. Open ones are few, however many there were: the gateway reads only those."""

    __tablename__ = "remote_commands"
    __table_args__ = (
        Index("ix_remote_commands_open", "id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_remote_commands_batch_id_state", "batch_id", "state"),
        Index("ix_remote_commands_device_id_queued_at", "device_id", "queued_at"),
    )

    id: Mapped[CommandId] = mapped_column(ID, primary_key=True)
    batch_id: Mapped[BatchId] = mapped_column(ID, ForeignKey("command_batches.id"))
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID)
    device_name: Mapped[str] = mapped_column(NAME)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID)
    kind: Mapped[CommandKind] = mapped_column(EnumColumn(CommandKind))
    arguments: Mapped[Arguments] = mapped_column(Frozen(Arguments))
    queued_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[CommandState] = mapped_column(EnumColumn(CommandState))
    sends: Mapped[int]
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    received_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    code: Mapped[str] = mapped_column(String(64))
    boot: Mapped[str] = mapped_column(String(80))
    test: Mapped[TestResult | None] = mapped_column(Frozen(TestResult))
    log_sha256: Mapped[str] = mapped_column(String(64))
    log_bytes: Mapped[int]


class LogPartRow(Base):
    """Part of a log in transfer; deleted once the log is whole or given up."""

    __tablename__ = "device_log_parts"

    command_id: Mapped[CommandId] = mapped_column(ID, ForeignKey("remote_commands.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    of: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class WindowRow(Base):
    __tablename__ = "maintenance_windows"
    __table_args__ = (Index("ix_maintenance_windows_until_at", "until_at"),)

    id: Mapped[WindowId] = mapped_column(ID, primary_key=True)
    device_id: Mapped[DeviceId | None] = mapped_column(DEVICE_ID, ForeignKey("devices.id"))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    from_at: Mapped[datetime] = mapped_column(Utc)
    until_at: Mapped[datetime] = mapped_column(Utc)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by_name: Mapped[str] = mapped_column(NAME)


class TestHourRow(Base):
    """Time of the audible self-test of devices in an area and all below it."""

    __test__ = False  # pytest takes it for tests otherwise
    __tablename__ = "self_test_hours"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    at: Mapped[time | None]
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(ID)
    asked_by_name: Mapped[str] = mapped_column(NAME)
    asked_at: Mapped[datetime] = mapped_column(Utc)
    version: Mapped[int]
    agreed_by: Mapped[str | None] = mapped_column(ID)
    agreed_by_name: Mapped[str] = mapped_column(NAME)
    agreed_at: Mapped[datetime | None] = mapped_column(Utc)
