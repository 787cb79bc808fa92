"""Differences between a device's ground truth and its as-run records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.virtual_fleet.ground_truth import TrueSound
from bench.virtual_province.as_runs import Odd, compare, physics_of
from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from devices.model import DeviceId

AT_MS = 1_795_496_400_000
SOUND = TrueSound(
    "xa-1-l01", "t-s-1", "xa-1-l01-2", AT_MS, AT_MS, 0, is_heard=True, ended_at=AT_MS + 60_000, is_whole=True
)


def instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


RUN = AsRun(
    device_id=DeviceId("xa-1-l01"),
    device_name="Cụm loa 1",
    record_id="xa-1-l01-2-7",
    occurrence_id=OccurrenceId("t-s-1"),
    transmission_id=TransmissionId("t"),
    title="Tin",
    sha256="a" * 64,
    planned_at=instant(AT_MS),
    started_at=instant(AT_MS),
    ended_at=instant(AT_MS + 60_000),
    result="done",
    reason="",
    volume_pct=80,
    received_at=instant(AT_MS + 61_000),
)


def what(sounding: TrueSound | None, *runs: AsRun, kept: bool = False) -> list[str]:
    on_flash = {"xa-1-l01": {"t-s-1"}} if kept else {}
    return [odd.what for odd in compare([] if sounding is None else [sounding], runs, on_flash)]


def test_a_record_that_tells_what_was_sounded_agrees() -> None:
    assert what(SOUND, RUN) == []


def test_what_was_sounded_has_one_record() -> None:
    assert what(SOUND) == ["sounded, and not told"]
    assert what(SOUND, kept=True) == []
    assert what(SOUND, RUN, replace(RUN, record_id="xa-1-l01-2-8")) == ["told 2 times"]
    assert what(replace(SOUND, ended_at=None)) == []


def test_nothing_is_told_as_heard_that_was_not_sounded() -> None:
    assert what(None, RUN) == ["told as heard, and nothing was sounded"]
    assert what(None, replace(RUN, result="missed", reason="FETCH_FAILED", started_at=None, ended_at=None)) == []
    assert what(SOUND, replace(RUN, result="missed", started_at=None)) == ["told as missed, and was sounded"]


def test_cut_and_whole_are_told_apart() -> None:
    assert what(replace(SOUND, is_whole=False), RUN) == ["told as done, and was cut"]
    assert what(SOUND, replace(RUN, result="cut")) == ["told as cut, and was whole"]


def test_a_power_cut_is_told_as_one() -> None:
    cut = replace(SOUND, is_whole=False, by_power=True)
    found = replace(RUN, result="cut", reason="POWER_LOST", ended_at=None)
    assert what(cut, found) == []
    assert what(cut, replace(found, reason="BUSY_HIGHER")) == ["cut by power, told as cut"]


@pytest.mark.parametrize(
    ("off_ms", "told_late_ms", "agrees"),
    [
        (0, 15, True),
        (0, 900, False),
        (45_000, 45_000, True),
        (45_000, 0, True),
        (45_000, 20_000, False),
        (7_200_000, 300, True),
        (7_200_000, 2_000, False),
    ],
)
def test_an_instant_is_told_by_the_devices_own_time(off_ms: int, told_late_ms: int, agrees: bool) -> None:
    found = replace(RUN, started_at=instant(AT_MS + told_late_ms), ended_at=instant(AT_MS + 60_000 + told_late_ms))
    assert (what(replace(SOUND, off_ms=off_ms), found) == []) is agrees


def test_an_end_at_another_time_is_found() -> None:
    assert what(SOUND, replace(RUN, ended_at=instant(AT_MS + 50_000))) == ["ended at another time than told"]
    assert what(SOUND, replace(RUN, ended_at=None)) == ["ended at another time than told"]
    assert what(SOUND, replace(RUN, started_at=None)) == ["began at another time than told"]


def test_two_boxes_with_one_identity_are_told_apart() -> None:
    clone = replace(SOUND, device="xa-1-l01_clone", boot="xa-1-l01_clone-1")
    theirs = replace(RUN, record_id="xa-1-l01_clone-1-1")
    assert physics_of(theirs.record_id) == "xa-1-l01_clone"
    assert compare([SOUND, clone], [RUN, theirs], {}) == []
    assert compare([SOUND, clone], [RUN], {}) == [Odd("xa-1-l01_clone", "t-s-1", "sounded, and not told")]
