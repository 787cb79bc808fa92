"""Telemetry of a device on ``tel``, the result of its self-test, and its log in parts.

Telemetry is one wide record. None, or an empty word: not measured by this device.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Instant, LongId, Percent, Sha256, Wire, Word
from devices.protocol.limits import LOG_PART_BYTES, LOG_PARTS_MAX

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


PartData = Annotated[bytes, Meta(min_length=1, max_length=LOG_PART_BYTES)]
PartCount = Annotated[int, Meta(ge=1, le=LOG_PARTS_MAX)]


class TestResult(Wire, frozen=True):
    """Result of a self-test. None, or an empty word: not measured there.

    ``spk`` is the loudspeaker line: ok, open, short or earth. Where it was not ``audible`` nothing was sounded, and
    current and level are those of silence.
    """

    __test__ = False  # pytest takes it for tests otherwise

    audible: bool = False
    amp_ma: Count | None = None
    mic_db: Decibel | None = None
    spk: Word = ""
    line_ohm: Ohm | None = None


class LogPart(Wire, frozen=True):
    """On ``req/log``: part ``n`` (from 0) of ``of`` of what ``sha256`` names, asked for by the command ``cid``.

    All parts together are gzip of UTF-8 text, a line an entry.
    """

    v: int
    ts: Instant
    cid: LongId
    sha256: Sha256
    n: Annotated[int, Meta(ge=0, lt=LOG_PARTS_MAX)]
    of: PartCount
    data: PartData
