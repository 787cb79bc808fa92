"""Physics of a simulated device: it behaves as wire, lead and tin would, and the same each time."""

from __future__ import annotations

import random
import statistics
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.physics.amplifier import COOL_C, HOT_C, IDLE_MA, SHORT_MA, STREET_DB, LineState, LoudspeakerLine
from firmware_sim.physics.battery import Battery
from firmware_sim.physics.device_physics import BOARD_W, LAST_GASP_S, Body, DevicePhysics, make_physics
from firmware_sim.physics.radio import SHADOW_DB, SHADOW_TAU_S, Radio
from firmware_sim.physics.weather import DAY_MS, HOUR_MS, Weather

MIDNIGHT_MS = 1_795_453_200_000 + 0
"""2026-11-24 00:00 in Việt Nam."""
LOUD = 0.3


def box(seed: int = 7, *, battery: bool = True) -> DevicePhysics:
    share = 1.0 if battery else 0.0
    until = MIDNIGHT_MS + 90 * DAY_MS
    return make_physics("xa-1-l01", seed, MIDNIGHT_MS, weather=Weather(seed), cert_until_ms=until, battery_share=share)


def test_a_battery_lasts_the_hours_that_its_capacity_and_the_current_allow() -> None:
    battery = Battery(capacity_ah=18.0)
    lasts_h = battery.lasts_s(0.31) / 3600
    assert lasts_h == pytest.approx(18.0 * 0.95 / 0.31)
    assert battery.discharge(lasts_h * 3600 + 1000, 0.31, 25.0) == pytest.approx(lasts_h * 3600)
    assert battery.is_flat
    assert battery.lasts_s(0.0) == float("inf")


def test_a_battery_at_rest_draws_nothing_and_a_charged_one_floats() -> None:
    battery = Battery(charge=0.2)
    flat_v = battery.volts(0.3)
    battery.recharge(3600, 25.0)
    assert flat_v < battery.volts(0.3) < battery.volts(0.3, is_charging=True)
    for _ in range(24):
        battery.recharge(3600, 25.0)
    assert battery.pct == 100.0
    assert battery.volts(0.0, is_charging=True) > 27.0


def test_a_battery_ages_by_years_by_cycles_and_by_heat() -> None:
    cool, hot, worked = Battery(), Battery(), Battery()
    for month in range(12):
        cool.recharge(30 * 86_400, 25.0)
        hot.recharge(30 * 86_400, 45.0)
        worked.recharge(30 * 86_400, 25.0)
        for _ in range(8):
            worked.discharge(20 * 3600, 0.6, 25.0)
            worked.recharge(20 * 3600, 25.0)
        assert hot.health < cool.health, month
    assert 0.85 < cool.health < 0.9
    assert worked.health < cool.health
    assert worked.lasts_s(0.3) < cool.lasts_s(0.3)


@given(st.lists(st.floats(1, 40_000), min_size=1, max_size=20), st.floats(0.05, 4.0))
def test_a_battery_never_gives_more_than_it_holds(spans: list[float], amps: float) -> None:
    battery = Battery(capacity_ah=10.0)
    given_ah = sum(battery.discharge(span, amps, 25.0) for span in spans) * amps / 3600
    assert given_ah <= 10.0
    assert 0.0 < battery.charge <= 1.0


@given(st.floats(-20, 90), st.floats(-20, 90), st.floats(1, 5000), st.floats(1, 5000))
def test_warming_up_in_two_steps_is_warming_up_in_one(at: float, towards: float, first: float, second: float) -> None:
    one, two = Body(at, 600.0), Body(at, 600.0)
    one.step(first + second, towards)
    two.step(first, towards)
    two.step(second, towards)
    assert one.temp == pytest.approx(two.temp, abs=1e-6)


def test_the_afternoon_is_warmer_than_the_night_and_damp_comes_with_the_cool() -> None:
    weather = Weather(3)
    night, noon = weather.at(MIDNIGHT_MS + 4 * HOUR_MS), weather.at(MIDNIGHT_MS + 13 * HOUR_MS)
    assert noon.temp > night.temp
    assert night.hum > noon.hum
    assert night.sun == 0.0 < noon.sun <= 1.0


def test_a_box_in_the_sun_is_warmer_than_the_air_and_cools_down_by_night() -> None:
    pole = box()
    pole.step(MIDNIGHT_MS + 13 * HOUR_MS)
    air = pole.weather.at(MIDNIGHT_MS + 13 * HOUR_MS)
    warm = pole.temp
    for hour in range(14, 29):
        pole.step(MIDNIGHT_MS + hour * HOUR_MS)
    assert warm > air.temp
    assert pole.temp < warm


def test_an_open_line_draws_idle_current_and_is_not_heard() -> None:
    pole = box()
    pole.loudness = LOUD
    sounding = pole.vitals()
    assert sounding.amp_ma is not None
    assert sounding.amp_ma > IDLE_MA
    assert sounding.mic_db is not None
    assert sounding.mic_db > STREET_DB
    pole.line.state = LineState.OPEN
    broken = pole.vitals()
    assert (broken.amp_ma, broken.mic_db, broken.spk) == (IDLE_MA, STREET_DB, "open")
    assert broken.line_ohm is not None
    assert broken.line_ohm > 1000 > (broken.ref_ohm or 0)
    assert pole.why_silent() == ("open",)


def test_a_short_draws_what_the_protection_lets_through_until_the_amplifier_is_hot() -> None:
    pole = box()
    pole.line.state, pole.loudness = LineState.SHORT, LOUD
    assert pole.vitals().amp_ma == SHORT_MA
    pole.step(MIDNIGHT_MS + HOUR_MS)
    assert pole.amp_temp > HOT_C
    assert "hot" in pole.why_silent()
    assert pole.vitals().amp_on is False
    pole.loudness = 0.0
    pole.step(MIDNIGHT_MS + 3 * HOUR_MS)
    assert pole.amp_temp < COOL_C
    assert pole.why_silent() == ("short",)


def test_a_line_to_earth_is_heard_more_softly() -> None:
    pole = box()
    pole.loudness = LOUD
    whole = pole.vitals()
    pole.line.state = LineState.EARTH
    leaking = pole.vitals()
    assert (leaking.mic_db or 0) < (whole.mic_db or 0)
    assert (leaking.line_ohm or 0) < (whole.line_ohm or 0)
    assert pole.why_silent() == ()


def test_a_dead_amplifier_draws_idle_current_whatever_is_played() -> None:
    pole = box()
    pole.loudness, pole.amplifier.is_dead = LOUD, True
    vitals = pole.vitals()
    assert (vitals.amp_ma, vitals.mic_db, vitals.amp_on) == (IDLE_MA, STREET_DB, True)
    assert pole.why_silent() == ("amplifier",)


def test_copper_has_more_resistance_when_it_is_warm() -> None:
    line = LoudspeakerLine(ref_ohm=16.0)
    assert line.ohm(25.0) == 16.0
    assert 16.0 < line.ohm(60.0) < 17.5


def test_a_signal_too_loud_is_clipped() -> None:
    pole = box()
    pole.loudness = 0.75
    pole.step(MIDNIGHT_MS + 60_000)
    assert pole.vitals().clip_pct == 50
    pole.loudness = LOUD
    pole.step(MIDNIGHT_MS + 120_000)
    assert pole.vitals().clip_pct == 0


def test_slow_fading_has_its_spread_and_forgets_within_hours() -> None:
    radio = Radio(-92.0, random.Random(5))
    slow = []
    for _ in range(4000):
        radio.step(SHADOW_TAU_S)
        slow.append(radio.rsrp + 92.0)
    spread = statistics.stdev(slow)
    assert SHADOW_DB < spread < 2 * SHADOW_DB
    near = statistics.correlation(slow[:-1], slow[1:])
    far = statistics.correlation(slow[:-20], slow[20:])
    assert near > 0.15 > abs(far)


def test_a_weak_signal_loses_more_and_takes_longer() -> None:
    strong, weak = Radio(-85.0, random.Random(5)), Radio(-122.0, random.Random(5))
    assert weak.loss > strong.loss
    assert weak.rtt_ms > strong.rtt_ms
    assert weak.sinr < strong.sinr
    assert weak.rsrq < strong.rsrq
    assert strong.has_cell
    strong.faded_db = 60.0
    strong.step(60)
    assert not strong.has_cell


def test_without_mains_a_box_lives_on_its_battery_and_then_dies() -> None:
    pole = box()
    pole.has_mains = False
    hours = pole.lasts_s() / 3600
    assert 20 < hours < 60
    assert pole.vitals().vin == pytest.approx(25.5, abs=0.3)
    pole.step(MIDNIGHT_MS + round(hours * HOUR_MS) + HOUR_MS)
    assert "power" in pole.why_silent()
    pole.has_mains = True
    assert pole.has_power
    assert pole.lasts_s() == float("inf")


def test_without_a_battery_only_a_last_gasp_is_left() -> None:
    pole = box(battery=False)
    pole.has_mains = False
    assert not pole.has_power
    assert pole.lasts_s() == LAST_GASP_S
    assert pole.vitals().batt_v is None
    assert pole.vitals().vin == 0.0


def test_data_is_counted_by_the_local_day() -> None:
    pole = box()
    pole.step(MIDNIGHT_MS + 12 * HOUR_MS)
    pole.carried(5_000_000)
    assert pole.vitals().mb_day == pytest.approx(5 + 12 * 0.12)
    pole.step(MIDNIGHT_MS + 25 * HOUR_MS)
    assert (pole.vitals().mb_day or 0) < 3.1


def test_a_full_disk_says_so_and_a_certificate_counts_down() -> None:
    pole = box()
    pole.disk_mb = 350.0
    assert pole.vitals().disk_pct == 32
    pole.disk_full = pole.disk_ro = True
    assert (pole.vitals().disk_pct, pole.vitals().disk_ro, pole.vitals().cert_days) == (100, True, 90)
    pole.step(MIDNIGHT_MS + DAY_MS)
    assert pole.vitals().cert_days == 89


@given(st.integers(0, 2**31), st.lists(st.integers(1, 10 * HOUR_MS), min_size=1, max_size=30))
def test_the_same_seed_and_steps_give_the_same_figures(seed: int, steps: list[int]) -> None:
    first, second = box(seed), box(seed)
    now = MIDNIGHT_MS
    for step in steps:
        now += step
        first.step(now)
        second.step(now)
    assert asdict(first.vitals()) == asdict(second.vitals())


def test_boxes_of_a_fleet_differ() -> None:
    places = [
        make_physics(f"xa-{n}", 1, MIDNIGHT_MS, weather=Weather(1), cert_until_ms=MIDNIGHT_MS + DAY_MS)
        for n in range(300)
    ]
    signals = [place.radio.mean_dbm for place in places]
    assert -95 < statistics.mean(signals) < -89
    assert 6 < statistics.stdev(signals) < 10
    with_battery = sum(place.battery is not None for place in places)
    assert 150 < with_battery < 210
    assert {round(place.line.ref_ohm / 8) for place in places} == {1, 2, 4}
    assert places[0].amps > BOARD_W / 24
