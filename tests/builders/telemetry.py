"""Telemetry of a device, as the gateway would have stored it."""

from __future__ import annotations

from datetime import datetime, timedelta

from cms.health.repository.telemetry import TelemetryRecord, pack, write
from cms.health.repository.telemetry_days import add_up
from cms.platform.context import Context
from devices.model import DeviceId
from devices.protocol.messages import Telemetry

LOA = DeviceId("bt-mui-ne-l01")
EVERY = timedelta(minutes=5)


def record(at: datetime, **values: object) -> Telemetry:
    whole: dict[str, object] = {
        "boot": "b7",
        "up_s": 7_200,
        "st": "idle",
        "volume_pct": 70,
        "disk_pct": 12,
        "fw": "loa-sim-1",
        "rsrp": -98.5,
        "tech": "lte",
        "mains": True,
        "vin": 23.6,
        "spk": "ok",
        "temp": 41.5,
        "amp_on": False,
        "reset_reason": "power",
        "cert_days": 900,
        "played_s_day": 1_260,
        "disk_ro": False,
        "door": False,
        **values,
    }
    return Telemetry(v=1, ts=int(at.timestamp() * 1000), **whole)  # type: ignore[arg-type] # each test names fields


def tell(context: Context, *records: Telemetry, device_id: DeviceId = LOA) -> None:
    found = [TelemetryRecord(device_id, each.ts, each.ts + 40, pack(each)) for each in records]
    with context.engine.begin() as connection:
        write(connection, found, {"stored": len(found)}, max(each.heard_ms for each in found))


def tell_for(context: Context, length: timedelta, device_id: DeviceId = LOA) -> None:
    """Store telemetry every five minutes up to now, warmer by day, and roll up the hours that have ended."""
    now = context.now()
    count = length // EVERY
    tell(
        context,
        *(record(now - EVERY * left, temp=30.0 + left % 12) for left in reversed(range(count))),
        device_id=device_id,
    )
    while add_up(context.engine, int(now.timestamp() * 1000)):
        pass
