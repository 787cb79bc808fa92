from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol.messages import Desired, QuietHours, VolumeHours
from firmware_sim.core.sound.sound_settings import is_quiet, volume_at

NIGHT = [QuietHours(start="21:30", until="05:30")]
NOON = [QuietHours(start="11:30", until="13:00")]
OFFSET_MIN = 420


def ms(wall: str) -> int:
    """Return local wall time (Việt Nam) as ms UTC."""
    local = datetime.fromisoformat(wall).replace(tzinfo=UTC) - timedelta(minutes=OFFSET_MIN)
    return int(local.timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-01 21:29:59", "2026-03-01 21:30:00", False),
        ("2026-03-01 21:29:59", "2026-03-01 21:30:01", True),
        ("2026-03-01 23:59", "2026-03-02 00:01", True),
        ("2026-03-01 03:15", "2026-03-01 03:16", True),
        ("2026-03-01 05:29", "2026-03-01 05:31", True),
        ("2026-03-01 05:30", "2026-03-01 05:31", False),
        ("2026-03-01 12:00", "2026-03-01 12:10", False),
        ("2026-03-01 06:00", "2026-03-02 06:00", True),
        ("2026-03-01 21:30", "2026-03-01 21:30", True),
        ("2026-03-01 05:30", "2026-03-01 05:30", False),
    ],
)
def test_the_night_is_quiet_across_midnight(start: str, end: str, *, expected: bool) -> None:
    assert is_quiet(ms(start), ms(end), NIGHT, OFFSET_MIN) is expected


def test_each_of_several_windows_counts_and_none_leaves_all_free() -> None:
    start, end = ms("2026-03-01 12:00"), ms("2026-03-01 12:10")
    assert is_quiet(start, end, [*NIGHT, *NOON], OFFSET_MIN)
    assert not is_quiet(start, end, [], OFFSET_MIN)


def test_a_window_that_ends_as_it_starts_is_the_whole_day() -> None:
    always = [QuietHours(start="08:00", until="08:00")]
    assert is_quiet(ms("2026-03-01 12:00"), ms("2026-03-01 12:10"), always, OFFSET_MIN)
    assert is_quiet(ms("2026-03-01 08:00"), ms("2026-03-01 08:00"), always, OFFSET_MIN)


def test_the_offset_decides_which_night_it_is() -> None:
    start, end = ms("2026-03-01 21:00"), ms("2026-03-01 21:10")
    assert not is_quiet(start, end, NIGHT, OFFSET_MIN)
    assert is_quiet(start, end, NIGHT, OFFSET_MIN + 60)


WALL = st.integers(0, 1439).map(lambda m: f"{m // 60:02d}:{m % 60:02d}")


@given(
    start=WALL, until=WALL, first=st.integers(0, 4 * 1440), minutes=st.integers(1, 3000), offset=st.integers(-840, 840)
)
def test_it_agrees_with_asking_every_minute(start: str, until: str, first: int, minutes: int, offset: int) -> None:
    window = QuietHours(start=start, until=until)
    opens, closes = (int(w[:2]) * 60 + int(w[3:]) for w in (start, until))

    def holds(minute: int) -> bool:
        return opens <= minute < closes if opens < closes else minute >= opens or minute < closes

    by_minute = any(holds((minute + offset) % 1440) for minute in range(first, first + minutes))
    assert is_quiet(first * 60_000, (first + minutes) * 60_000, [window], offset) is by_minute


@pytest.mark.parametrize(
    ("wall", "volume_pct"),
    [
        ("2026-03-01 17:59:59", 80),
        ("2026-03-01 18:00", 60),
        ("2026-03-01 20:00", 30),
        ("2026-03-01 23:59", 30),
        ("2026-03-02 01:59", 30),
        ("2026-03-02 02:00", 80),
    ],
)
def test_of_the_windows_that_hold_the_softest_does_and_past_midnight_as_well(wall: str, volume_pct: int) -> None:
    evening = VolumeHours(start="18:00", until="22:00", volume_pct=60)
    night = VolumeHours(start="20:00", until="02:00", volume_pct=30)
    desired = Desired(v=1, device="d", ver=1, iat=0, areas=["a"], volumes=[evening, night])
    assert volume_at(ms(wall), desired) == volume_pct
