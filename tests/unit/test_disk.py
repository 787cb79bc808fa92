from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cms.platform.process import disk
from cms.platform.process.disk import HELD_AGAIN_FROM, MB, RESERVE, Disk, DiskReserve, SyncWatch, meter_of
from cms.platform.settings import Settings

GB = 1024 * MB
RESERVE_MB = 2


class Meter:
    """Fake disk of 100 GB of which so much is free."""

    def __init__(self, free_mb: int) -> None:
        self.free_mb = free_mb

    def __call__(self) -> Disk:
        return Disk(self.free_mb * MB, 100 * GB)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, disk_reserve_mb=RESERVE_MB, upload_disk_min_mb=1024)


def held(settings: Settings) -> int:
    path = settings.root / RESERVE
    return path.stat().st_blocks * 512 if path.exists() else -1


def test_the_reserve_takes_its_room_while_there_is_enough(settings: Settings) -> None:
    DiskReserve(settings, Meter(5000)).tend()
    assert held(settings) >= RESERVE_MB * MB
    assert not meter_of(settings)().is_reserve_spent


def test_under_pressure_the_reserve_is_given_up_and_told_until_it_is_made_again(settings: Settings) -> None:
    meter = Meter(5000)
    reserve = DiskReserve(settings, meter)
    reserve.tend()
    meter.free_mb = RESERVE_MB - 1
    reserve.tend()
    assert held(settings) == 0
    assert meter_of(settings)().is_reserve_spent
    meter.free_mb = HELD_AGAIN_FROM * RESERVE_MB - 1
    reserve.tend()
    assert held(settings) == 0, "it must not come and go"
    meter.free_mb = HELD_AGAIN_FROM * RESERVE_MB
    reserve.tend()
    assert held(settings) >= RESERVE_MB * MB
    assert not meter_of(settings)().is_reserve_spent


def test_whoever_finds_the_disk_full_gives_the_reserve_up_at_once(settings: Settings) -> None:
    DiskReserve(settings, Meter(5000)).tend()
    for _time in range(2):
        DiskReserve(settings, Meter(5000)).release()
    assert held(settings) == 0


def test_a_disk_that_never_had_room_for_the_reserve_is_told(settings: Settings) -> None:
    assert not meter_of(settings)().is_reserve_spent, "no process that keeps it has run yet"
    DiskReserve(settings, Meter(RESERVE_MB + 1)).tend()
    assert meter_of(settings)().is_reserve_spent


def test_without_a_reserve_nothing_is_made_and_nothing_told(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, disk_reserve_mb=0)
    reserve = DiskReserve(settings, Meter(5000))
    reserve.tend()
    reserve.release()
    assert held(settings) == -1
    assert not meter_of(settings)().is_reserve_spent


def test_recordings_are_refused_first_and_an_alerts_last() -> None:
    def takes(free_mb: int, *, is_urgent: bool) -> bool:
        return Disk(free_mb * MB, 100 * GB, 1024 * MB).takes(10 * MB, is_urgent=is_urgent)

    assert takes(1034, is_urgent=False)
    assert not takes(1033, is_urgent=False)
    assert takes(138, is_urgent=True)
    assert not takes(137, is_urgent=True)


def test_the_meter_tells_of_the_disk_that_the_home_lies_on(settings: Settings) -> None:
    found = meter_of(settings)()
    assert 0 < found.free_bytes <= found.total_bytes
    assert found.upload_min_bytes == 1024 * MB
    assert 0 < found.free_pct <= 100


def test_a_disk_is_slow_when_it_was_twice_and_as_long_as_it_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s, takes_s, hung_s = [0.0], [0.0], []
    watch = SyncWatch(tmp_path / "byte", lambda: now_s[0])

    def sync(_file: int) -> None:
        now_s[0] += takes_s[0]
        hung_s.append(watch.seconds())

    monkeypatch.setattr(os, "fdatasync", sync)
    watch.step()
    assert watch.seconds() == 0
    takes_s[0] = 0.2
    watch.step()
    assert watch.seconds() == 0
    watch.step()
    assert [watch.seconds(), *hung_s[1:]] == pytest.approx([0.2] * 3)
    takes_s[0] = 0.0
    watch.step()
    assert watch.seconds() == 0


class Waits(threading.Event):
    """Event that is set by its last wait, and keeps the seconds of each."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._last = last

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        if len(self.seconds) == self._last:
            self.set()
        return self.is_set()


def test_a_disk_that_was_slow_is_looked_at_again_soon_until_it_is_fast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s, takes_s = [0.0], iter([0.0, 0.2, 0.2, 0.0, 0.0])

    def sync(_file: int) -> None:
        now_s[0] += next(takes_s)

    monkeypatch.setattr(os, "fdatasync", sync)
    stopping = Waits(last=5)
    SyncWatch(tmp_path / "byte", lambda: now_s[0]).run(stopping)
    often, soon = disk.SYNC_EVERY_S, disk.SYNC_AGAIN_AFTER_S
    assert stopping.seconds == [often, soon, soon, often, often]


def test_a_folder_that_is_gone_is_no_slow_disk(tmp_path: Path) -> None:
    watch = SyncWatch(tmp_path / "missing" / "byte")
    with pytest.raises(OSError, match="missing"):
        watch.step()
    assert watch.seconds() == 0
