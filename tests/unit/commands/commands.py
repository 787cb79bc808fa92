"""A command and a device's answers to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from devices.commands.model import Arguments, BatchId, CommandId, CommandKind, RemoteCommand
from devices.commands.table import SPECS
from devices.model import DeviceId
from devices.protocol.messages import Ack, ExecutionState
from province.areas import AreaId

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def command(kind: CommandKind = CommandKind.VOLUME, **fields: Any) -> RemoteCommand:
    made = RemoteCommand(
        id=CommandId("c-1"),
        batch_id=BatchId("b-1"),
        device_id=DeviceId("xa-1-l01"),
        device_name="Cụm loa 1",
        area_id=AreaId("xa-1"),
        kind=kind,
        arguments=Arguments(volume_pct=40 if kind is CommandKind.VOLUME else None),
        queued_at=NOW,
        expires_at=NOW + SPECS[kind].lasts,
    )
    return replace(made, **fields)


def ack(standing: ExecutionState, code: str | None = None, boot: str = "b1", **fields: Any) -> Ack:
    return Ack(v=1, st=standing, ts=0, n=1, boot=boot, cid="c-1", code=code, **fields)
