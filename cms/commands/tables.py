"""Remote commands, their batches and progress, and maintenance windows, in which faults are muted."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import Base, partial_index
from devices.commands.model import (
    Arguments,
    Batch,
    BatchId,
    BatchState,
    CommandId,
    CommandKind,
    CommandState,
    RemoteCommand,
    Window,
    WindowId,
)
from devices.commands.self_tests import TestHour
from devices.model import DeviceId
from devices.protocol.messages import TestResult
from province.areas import AreaId

NAME = String(200)


class BatchRow(Base, table="command_batches", value=Batch):
    """Batch of commands. ``device_ids``, ``left_out`` and ``dangers`` are as shown to the person who asked."""

    __table_args__ = (Index("ix_command_batches_state_asked_at", "state", "asked_at"),)

    id: Mapped[BatchId] = mapped_column(primary_key=True)
    area_ids: Mapped[tuple[AreaId, ...]]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[BatchState]


class RemoteCommandRow(Base, table="remote_commands", value=RemoteCommand):
    """Remote command of one device. Open ones are few, however many there were: the gateway reads only those."""

    __table_args__ = (
        partial_index("ix_remote_commands_open", "id", where="state IN ('queued', 'sent', 'received')"),
        Index("ix_remote_commands_batch_id_state", "batch_id", "state"),
        Index("ix_remote_commands_device_id_queued_at", "device_id", "queued_at"),
    )

    id: Mapped[CommandId] = mapped_column(primary_key=True)
    batch_id: Mapped[BatchId] = mapped_column(ForeignKey("command_batches.id"))
    device_id: Mapped[DeviceId]
    arguments: Mapped[Arguments]
    kind: Mapped[CommandKind]
    queued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[CommandState]
    test: Mapped[TestResult | None]


class LogPartRow(Base, table="device_log_parts"):
    """Part of a log in transfer; deleted once the log is whole or given up."""

    command_id: Mapped[CommandId] = mapped_column(ForeignKey("remote_commands.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    of: Mapped[int]
    sha256: Mapped[str]
    data: Mapped[bytes]


class WindowRow(Base, table="maintenance_windows", value=Window):
    id: Mapped[WindowId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId | None] = mapped_column(ForeignKey("devices.id"))
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class TestHourRow(Base, table="self_test_hours", value=TestHour):
    """Time of the audible self-test of devices in an area and all below it."""

    __test__ = False  # pytest takes it for tests otherwise
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
