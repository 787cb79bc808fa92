"""Hourly roll-up of telemetry: its figures, and its stored form."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cms.health.repository.telemetry import pack, pack_hour, unpack, unpack_hour
from devices.hourly_rollup import COVERS_MS, FLAGS, HOUR_MS, NUMBERS, SCALE, hour_of, together
from devices.protocol.messages import Telemetry

HOUR = 1_764_000_000_000 - 1_764_000_000_000 % HOUR_MS
MINUTE_MS = 60_000


def told(minute: float, **values: Any) -> list[Any]:
    at = HOUR + round(minute * MINUTE_MS)
    whole: dict[str, Any] = {"st": "idle", "volume_pct": 70, "disk_pct": 10, **values}
    return unpack(pack(Telemetry(v=1, ts=at, boot="b", up_s=1, **whole)))


def test_figures_are_least_mean_and_most_and_what_was_not_measured_is_not_there() -> None:
    hour = hour_of([told(0, temp=30.0), told(5, temp=31.0), told(10, temp=35.5), told(15)], HOUR)
    assert hour.number("temp") == (30.0, 32.2, 35.5)
    assert hour.number("volume_pct") == (70.0, 70.0, 70.0)
    assert hour.number("batt_v") is None
    assert hour.count == 4


def test_a_record_holds_until_the_next_and_ten_minutes_at_the_most() -> None:
    hour = hour_of([told(0, st="playing"), told(1), told(40), told(58, st="playing")], HOUR)
    assert hour.heard_ms == MINUTE_MS + COVERS_MS + COVERS_MS + 2 * MINUTE_MS
    assert hour.playing_ms == MINUTE_MS + 2 * MINUTE_MS


def test_flags_are_kept_as_for_how_long_they_were_so() -> None:
    hour = hour_of([told(0, mains=True), told(5, mains=False), told(8)], HOUR)
    assert dict(zip(FLAGS, hour.flags, strict=True))["mains"] == (5 * MINUTE_MS, 8 * MINUTE_MS)
    assert dict(zip(FLAGS, hour.flags, strict=True))["door"] == (0, 0)


def test_a_record_of_an_older_protocol_has_not_measured_what_came_later() -> None:
    old = told(0, temp=20.0, cert_days=9)
    cut = old[: Telemetry.__struct_fields__.index("temp")]
    assert hour_of([cut], HOUR).number("temp") is None


def test_an_hour_kept_before_a_figure_was_known_does_not_have_it() -> None:
    hour = hour_of([told(0, hum=50)], HOUR)
    before = msgspec.structs.replace(hour, numbers=hour.numbers[:-1])
    assert before.number("hum") is None
    assert before.number("volume_pct") == (70.0, 70.0, 70.0)


def test_hours_together_are_what_their_records_are_however_many_each_has() -> None:
    first = hour_of([told(0, temp=30.0, mains=True), told(5, temp=32.0, mains=False), told(10, temp=34.0)], HOUR)
    second = hour_of([told(60, temp=44.0, st="playing")], HOUR + HOUR_MS)
    whole = together([first, second])
    assert whole.number("temp") == (30.0, 35.0, 44.0)
    assert (whole.count, whole.heard_ms) == (4, first.heard_ms + second.heard_ms)
    assert whole.playing_ms == COVERS_MS
    assert dict(zip(FLAGS, whole.flags, strict=True))["mains"] == (5 * MINUTE_MS, 10 * MINUTE_MS)


def test_hours_together_have_what_any_of_them_measured() -> None:
    hour = hour_of([told(0, hum=50)], HOUR)
    before = msgspec.structs.replace(hour, numbers=hour.numbers[:-1])
    whole = together([before, hour, hour_of([told(120)], HOUR + 2 * HOUR_MS)])
    assert whole.number("hum") == (50.0, 50.0, 50.0)
    assert whole.number("batt_v") is None


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-100, 250)), min_size=1, max_size=60))
def test_hours_together_lie_where_their_hours_do(found: list[tuple[int, float]]) -> None:
    hours = [
        hour_of([told(60 * number, temp=temp) for hour, temp in found if hour == number], HOUR + number * HOUR_MS)
        for number in sorted({hour for hour, _ in found})
    ]
    spreads = [spread for hour in hours if (spread := hour.number("temp")) is not None]
    whole = unpack_hour(pack_hour(together(hours))).number("temp")
    assert whole is not None
    least, mean, most = whole
    assert (least, most) == (min(each[0] for each in spreads), max(each[2] for each in spreads))
    assert least <= mean <= most


@given(st.lists(st.tuples(st.floats(0, 59), st.floats(-100, 250)), min_size=1, max_size=60))
def test_whatever_was_told_the_mean_lies_between_and_packing_changes_nothing(found: list[tuple[float, float]]) -> None:
    records = [told(minute, temp=temp) for minute, temp in sorted(found)]
    hour = unpack_hour(pack_hour(hour_of(records, HOUR)))
    spread = hour.number("temp")
    assert spread is not None
    least, mean, most = spread
    assert least <= mean <= most
    assert abs(least - min(temp for _, temp in found)) <= 1 / SCALE
    assert 0 < hour.heard_ms <= HOUR_MS


def test_the_order_in_which_records_are_packed_is_that_of_the_first_release() -> None:
    """Records on disk are read by position, so a new field of Telemetry, or a new figure, comes last."""
    first = (
        *("v", "ts", "boot", "up_s", "st", "volume_pct", "disk_pct", "fw", "clk_ms", "rssi", "rsrp", "rsrq", "sinr"),
        *("tech", "oper", "cell", "mb_day", "rtt_ms", "reconn_24h", "mains", "vin", "batt_v", "batt_pct", "amp_on"),
        *("amp_ma", "line_ohm", "ref_ohm", "spk", "clip_pct", "amp_temp", "self_test", "self_test_at", "mic_db"),
        *("cid", "pos_ms", "src", "played_s_day", "underruns", "temp", "hum", "door", "reset_reason", "disk_ro"),
        *("plan_ver", "cert_days"),
    )
    assert Telemetry.__struct_fields__[: len(first)] == first
    numbers = (
        *("volume_pct", "disk_pct", "clk_ms", "rssi", "rsrp", "rsrq", "sinr", "mb_day", "rtt_ms", "reconn_24h"),
        *("vin", "batt_v", "batt_pct", "amp_ma", "line_ohm", "clip_pct", "amp_temp", "mic_db", "underruns", "temp"),
        "hum",
    )
    assert NUMBERS[: len(numbers)] == numbers
    assert FLAGS[:4] == ("mains", "amp_on", "door", "disk_ro")
