"""Telemetry of a device on ``tel``, the result of its self-test, and its log in parts.

Telemetry is one wide record. None, or an empty word: not measured by this device.
"""

from typing import Annotated, Final, get_args, get_type_hints

from msgspec import Meta

from devices.protocol.fields import Count, Decibel, Instant, LongId, Percent, Sha256, Wire, Word
from devices.protocol.limits import LOG_PART_BYTES, LOG_PARTS_MAX

Volt = Annotated[float, Meta(ge=0, le=1_000)]
Ohm = Annotated[float, Meta(ge=0, le=100_000)]
Celsius = Annotated[float, Meta(ge=-100, le=250)]
Megabytes = Annotated[float, Meta(ge=0, le=1e9)]
Days = Annotated[int, Meta(ge=-36_500, le=36_500)]


def _plotted(unit: str) -> Meta:
    """Mark a figure of this unit that people plot: hours keep its least, mean and most."""
    return Meta(extra={"unit": unit})


_PCT, _MS, _TIMES, _MB = _plotted("%"), _plotted("ms"), _plotted(""), _plotted("MB")
_DBM, _DB = _plotted("dBm"), _plotted("dB")
_VOLTS, _MA, _OHMS, _CELSIUS = _plotted("V"), _plotted("mA"), _plotted("Ω"), _plotted("°C")


class Telemetry(Wire, frozen=True):
    """Telemetry. All fields are in ``docs/protocol.md`` with their units; a device omits those it cannot measure."""

    v: int
    ts: Instant
    boot: Word
    up_s: Count
    st: Word
    volume_pct: Annotated[Percent, _PCT]
    disk_pct: Annotated[Percent, _PCT]
    fw: Word = ""
    clk_ms: Annotated[int, _MS] | None = None
    # the link
    rssi: Annotated[Decibel, _DBM] | None = None
    rsrp: Annotated[Decibel, _DBM] | None = None
    rsrq: Annotated[Decibel, _DB] | None = None
    sinr: Annotated[Decibel, _DB] | None = None
    tech: Word = ""
    oper: Word = ""
    cell: Word = ""
    mb_day: Annotated[Megabytes, _MB] | None = None
    rtt_ms: Annotated[Count, _MS] | None = None
    reconn_24h: Annotated[Count, _TIMES] | None = None
    # power
    mains: bool | None = None
    vin: Annotated[Volt, _VOLTS] | None = None
    batt_v: Annotated[Volt, _VOLTS] | None = None
    batt_pct: Annotated[Percent, _PCT] | None = None
    # amplifier and line
    amp_on: bool | None = None
    amp_ma: Annotated[Count, _MA] | None = None
    line_ohm: Annotated[Ohm, _OHMS] | None = None
    ref_ohm: Ohm | None = None
    spk: Word = ""
    clip_pct: Annotated[Percent, _PCT] | None = None
    amp_temp: Annotated[Celsius, _CELSIUS] | None = None
    # proof of sound
    self_test: Word = ""
    self_test_at: Instant | None = None
    mic_db: Annotated[Decibel, _DB] | None = None
    # what it plays
    cid: LongId | None = None
    pos_ms: Count | None = None
    src: Word = ""
    played_s_day: Count | None = None
    underruns: Annotated[Count, _TIMES] | None = None
    # the box
    temp: Annotated[Celsius, _CELSIUS] | None = None
    hum: Annotated[Percent, _PCT] | None = None
    door: bool | None = None
    # the system
    reset_reason: Word = ""
    disk_ro: bool | None = None
    plan_ver: Count | None = None
    cert_days: Days | None = None


def _units() -> dict[str, str]:
    hints = get_type_hints(Telemetry, include_extras=True)
    parts = {
        name: [part for arm in (hint, *get_args(hint)) for part in getattr(arm, "__metadata__", ())]
        for name, hint in hints.items()
    }
    return {
        name: part.extra["unit"]
        for name, each in parts.items()
        for part in each
        if isinstance(part, Meta) and part.extra
    }


UNITS: Final = _units()
"""Plotted figures in the order of the record, and their units. New fields come last: older records are shorter."""


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
