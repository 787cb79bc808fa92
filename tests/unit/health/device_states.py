"""Devices in every state of health."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from devices.health.faults import Fault, FaultState
from devices.health.incidents import DeviceSurroundings
from devices.health.kinds import FaultKind
from devices.health.symptoms import DeviceFacts
from devices.model import DeviceId, DeviceStatus
from devices.telemetry import TelemetrySnapshot
from province.areas import AreaId

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam, a Monday
BOX = DeviceId("xa-1-l01")
FACTS = DeviceFacts(BOX)
ONLINE = DeviceStatus(BOX, online=True, conn=1, seen_at=NOW, firmware="1.0")
OFFLINE = replace(ONLINE, online=False)
WELL = TelemetrySnapshot(
    v=1,
    ts=int(NOW.timestamp() * 1000),
    device_id=BOX,
    heard_at=NOW,
    boot="b1",
    up_s=60,
    st="idle",
    volume_pct=80,
    disk_pct=40,
    clk_ms=12,
    mains=True,
    batt_pct=98,
    amp_on=True,
    amp_ma=60,
    line_ohm=50.0,
    ref_ohm=50.0,
    spk="ok",
    amp_temp=41.0,
    self_test="ok",
    mic_db=-55.0,
    mb_day=12.0,
    reconn_24h=1,
    door=False,
    disk_ro=False,
    plan_ver=7,
    cert_days=200,
)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_NUMBERS = count(1)


def telling(snapshot: TelemetrySnapshot = WELL, at: datetime | None = None, **values: Any) -> TelemetrySnapshot:
    """Build the record with other values; ``at``: measured and heard then."""
    times = {} if at is None else {"ts": int(at.timestamp() * 1000), "heard_at": at}
    return msgspec.structs.replace(snapshot, **times, **values)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def ids() -> str:
    return f"id{next(_NUMBERS):06}"


def lost(device: str, seconds: float = 0, kind: FaultKind = FaultKind.LINK_LOST, **more: Any) -> Fault:
    """Build a pending fault that began so many seconds after ``NOW``."""
    at = after(seconds)
    return replace(Fault(ids(), DeviceId(device), kind, FaultState.PENDING, at), **more)


def place(device: str, area: str = "xa-1", **more: Any) -> DeviceSurroundings:
    return DeviceSurroundings(DeviceId(device), AreaId(area), **more)
