"""Telemetry snapshot: the newest health of a device, as the server keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from devices.model import DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySnapshot:
    """One Telemetry; units and meanings are those of ``docs/protocol.md``. None, or an empty word: not measured.

    ``at``: when the device measured it, ``heard_at``: when the server got it, both aware UTC.
    """

    device_id: DeviceId
    at: datetime
    heard_at: datetime
    boot: str = ""
    up_s: int | None = None
    st: str = ""
    volume_pct: int | None = None
    disk_pct: int | None = None
    fw: str = ""
    clk_ms: int | None = None
    rssi: float | None = None
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None
    tech: str = ""
    oper: str = ""
    cell: str = ""
    mb_day: float | None = None
    rtt_ms: int | None = None
    reconn_24h: int | None = None
    mains: bool | None = None
    vin: float | None = None
    batt_v: float | None = None
    batt_pct: int | None = None
    amp_on: bool | None = None
    amp_ma: int | None = None
    line_ohm: float | None = None
    ref_ohm: float | None = None
    spk: str = ""
    clip_pct: int | None = None
    amp_temp: float | None = None
    self_test: str = ""
    self_test_at: datetime | None = None
    mic_db: float | None = None
    cid: str | None = None
    pos_ms: int | None = None
    src: str = ""
    played_s_day: int | None = None
    underruns: int | None = None
    temp: float | None = None
    hum: int | None = None
    door: bool | None = None
    reset_reason: str = ""
    disk_ro: bool | None = None
    plan_ver: int | None = None
    cert_days: int | None = None
