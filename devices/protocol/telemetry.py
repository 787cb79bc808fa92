"""Telemetry of a device on ``tel``: one wide record. None, or an empty word: not measured by this device."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Instant, LongId, Percent, Wire, Word

Decibel = Annotated[float, Meta(ge=-200, le=100)]
Volt = Annotated[float, Meta(ge=0, le=1_000)]
Ohm = Annotated[float, Meta(ge=0, le=100_000)]
Celsius = Annotated[float, Meta(ge=-100, le=250)]
Megabytes = Annotated[float, Meta(ge=0, le=1e9)]
Days = Annotated[int, Meta(ge=-36_500, le=36_500)]


class Telemetry(Wire, frozen=True):
    """Telemetry. All fields are in ``docs/protocol.md`` with their units; a device omits those it cannot measure."""

    v: int
    ts: Instant
    boot: Word
    up_s: Count
    st: Word
    volume_pct: Percent
    disk_pct: Percent
    fw: Word = ""
    clk_ms: int | None = None
    # the link
    rssi: Decibel | None = None
    rsrp: Decibel | None = None
    rsrq: Decibel | None = None
    sinr: Decibel | None = None
    tech: Word = ""
    oper: Word = ""
    cell: Word = ""
    mb_day: Megabytes | None = None
    rtt_ms: Count | None = None
    reconn_24h: Count | None = None
    # power
    mains: bool | None = None
    vin: Volt | None = None
    batt_v: Volt | None = None
    batt_pct: Percent | None = None
    # amplifier and line
    amp_on: bool | None = None
    amp_ma: Count | None = None
    line_ohm: Ohm | None = None
    ref_ohm: Ohm | None = None
    spk: Word = ""
    clip_pct: Percent | None = None
    amp_temp: Celsius | None = None
    # proof of sound
    self_test: Word = ""
    self_test_at: Instant | None = None
    mic_db: Decibel | None = None
    # what it plays
    cid: LongId | None = None
    pos_ms: Count | None = None
    src: Word = ""
    played_s_day: Count | None = None
    underruns: Count | None = None
    # the box
    temp: Celsius | None = None
    hum: Percent | None = None
    door: bool | None = None
    # the system
    reset_reason: Word = ""
    disk_ro: bool | None = None
    plan_ver: Count | None = None
    cert_days: Days | None = None
