"""Measurements of the device, as the core is given them. None, or an empty text: the device does not measure it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurements:
    """Measurements; names, units and bounds are those of Telemetry in ``docs/protocol.md``."""

    disk_pct: int = 0
    disk_ro: bool | None = None
    rssi: float | None = None
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None
    tech: str = ""
    oper: str = ""
    cell: str = ""
    mb_day: float | None = None
    rtt_ms: int | None = None
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
    mic_db: float | None = None
    underruns: int | None = None
    temp: float | None = None
    hum: int | None = None
    door: bool | None = None
    reset_reason: str = ""
    cert_days: int | None = None
