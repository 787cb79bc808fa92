from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import loudness
from media.loudness import Setting
from media.model import Loudness


def figures(lufs: float, peak_dbtp: float = -10.0) -> Loudness:
    return Loudness(lufs, peak_dbtp, 3.0, lufs - 10)


def test_first_setting_is_the_distance_to_the_target() -> None:
    assert loudness.first_setting(figures(-23.0, -12.0)) == Setting(7.0, loudness.FIRST_CEILING_DBTP, tame_peaks=False)


def test_first_setting_tames_where_peaks_stand_far_above_speech() -> None:
    assert loudness.first_setting(figures(-45.0, 0.0)).tame_peaks


def test_loud_item_is_lowered() -> None:
    assert loudness.first_setting(figures(-3.0, 0.0)).gain_db == -13.0


@given(st.floats(-70, 0), st.floats(-80, 80), st.floats(-2, 2))
def test_gain_stays_within_its_bound(lufs: float, gain_db: float, slope: float) -> None:
    following = loudness.louder_or_softer(Setting(gain_db), figures(lufs), slope)

    assert abs(following.gain_db) <= loudness.MAX_GAIN_DB


@given(st.floats(-40, -5), st.floats(-20, 20), st.floats(0.0, 1.0))
def test_next_try_goes_towards_the_target(lufs: float, gain_db: float, slope: float) -> None:
    following = loudness.louder_or_softer(Setting(gain_db), figures(lufs), slope)

    step_db = following.gain_db - gain_db
    assert step_db * (loudness.TARGET_LUFS - lufs) >= -0.01
    assert abs(step_db) + 0.02 >= abs(loudness.TARGET_LUFS - lufs)


def test_small_overshoot_makes_the_same_shape_softer() -> None:
    following = loudness.after_overshoot(Setting(3.0, -2.0), 0.2, -16.3, is_last=False)

    assert following == Setting(2.65, -2.35)


def test_large_overshoot_makes_the_limiter_work() -> None:
    following = loudness.after_overshoot(Setting(3.0, -2.0), 1.2, -16.3, is_last=False)

    assert following == Setting(3.0, -3.35)


def test_peak_wins_over_loudness_at_last() -> None:
    following = loudness.after_overshoot(Setting(3.0, -2.0), 1.2, -16.3, is_last=True)

    assert following == Setting(1.65, -3.35)


def test_ceiling_has_a_floor() -> None:
    following = loudness.after_overshoot(Setting(3.0, -11.0), 6.0, -20.0, is_last=False)

    assert following.ceiling_dbtp == loudness.LOWEST_CEILING_DBTP


def test_limiter_at_work_is_guessed_to_give_half() -> None:
    assert loudness.first_slope(Setting(3.0, -2.0), figures(-18.0, -2.0)) == 0.5
    assert loudness.first_slope(Setting(3.0, -2.0), figures(-18.0, -6.0)) == 1.0


@pytest.mark.parametrize(
    ("lufs", "good"), [(-16.0, True), (-17.0, True), (-15.0, True), (-17.1, False), (-14.9, False)]
)
def test_target_has_a_tolerance_of_one_lu(lufs: float, good: bool) -> None:
    assert loudness.is_on_target(figures(lufs)) is good


def test_peak_limit_is_minus_one() -> None:
    assert loudness.peak_excess_db(figures(-16.0, -1.0)) == 0
    assert loudness.peak_excess_db(figures(-16.0, -0.9)) > 0


def test_quiet_speech_is_not_silence_and_noise_floor_is() -> None:
    headroom_db = loudness.DECODE_HEADROOM_DB
    assert not loudness.is_silent(figures(-50.0 - headroom_db))
    assert loudness.is_silent(figures(-60.0 - headroom_db))


@pytest.mark.parametrize(("loss_lu", "turned"), [(3.0, False), (6.0, False), (40.0, True)])
def test_cancelling_channels_are_noticed(loss_lu: float, turned: bool) -> None:
    decoded = figures(-20.0 - loudness.DECODE_HEADROOM_DB - loss_lu)

    assert loudness.is_out_of_phase(-20.0, decoded) is turned
