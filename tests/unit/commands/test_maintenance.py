from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.commands.maintenance import MaintenanceWindows, covers, holds
from devices.commands.model import Window, WindowId
from devices.model import DeviceId
from province.areas import Area, AreaId, AreaTree
from tests.unit.commands.commands import NOW

TINH, XA, XA_2 = AreaId("tinh"), AreaId("xa-1"), AreaId("xa-2")
LOA, OTHER = DeviceId("xa-1-l01"), DeviceId("xa-1-l02")
TREE = AreaTree(
    [
        Area(TINH, "Tỉnh", "province", None, date(2000, 1, 1)),
        Area(XA, "Xã Một", "commune", TINH, date(2000, 1, 1)),
        Area(XA_2, "Xã Hai", "commune", TINH, date(2000, 1, 1)),
    ]
)
HOUR = timedelta(hours=1)


def window(area_id: AreaId = XA, device_id: DeviceId | None = None, hours: float = 1) -> Window:
    return Window(
        id=WindowId(f"w-{hours}"),
        device_id=device_id,
        area_id=area_id,
        from_at=NOW,
        until_at=NOW + hours * HOUR,
        reason="Thay bình",
        by="u1",
        by_name="Kỹ thuật",
        at=NOW,
    )


@given(st.integers(-120, 240), st.none() | st.integers(0, 120))
def test_a_window_holds_from_its_beginning_to_its_end_or_to_where_it_was_ended(
    minute: int, ended_minute: int | None
) -> None:
    at = NOW + timedelta(minutes=minute)
    ended_at = None if ended_minute is None else NOW + timedelta(minutes=ended_minute)
    last = 60 if ended_minute is None else min(60, ended_minute)
    assert holds(replace(window(), ended_at=ended_at), at) == (0 <= minute < last)


@pytest.mark.parametrize(
    ("area_id", "device_id", "is_covered"),
    [(XA, None, True), (TINH, None, True), (XA_2, None, False), (XA, LOA, True), (XA, OTHER, False)],
)
def test_an_areas_window_is_that_of_all_below_and_a_devices_its_own(
    area_id: AreaId, device_id: DeviceId | None, is_covered: bool
) -> None:
    found = window(area_id, device_id)
    assert covers(found, LOA, (XA, TINH), NOW) == is_covered
    assert MaintenanceWindows([found], TREE).covers(LOA, XA, NOW) == is_covered
    assert not covers(found, LOA, (XA, TINH), NOW + HOUR)


def test_of_several_windows_the_one_that_ends_last_is_told() -> None:
    short, long = window(hours=1), window(TINH, hours=3)
    assert MaintenanceWindows([long, short], TREE).covering(LOA, XA, NOW) == long


def test_without_windows_nothing_is_covered() -> None:
    assert MaintenanceWindows([], TREE).covering(LOA, XA, NOW) is None


def test_a_device_whose_area_is_not_in_the_tree_is_covered_by_its_own_window_and_by_its_areas() -> None:
    gone = AreaId("gone")
    assert MaintenanceWindows([window(gone)], TREE).covers(LOA, gone, NOW)
    assert not MaintenanceWindows([window(TINH)], TREE).covers(LOA, gone, NOW)


def test_areas_are_covered_together_only_where_each_is_as_a_whole() -> None:
    assert MaintenanceWindows([window(TINH)], TREE).cover_all([XA, XA_2], NOW)
    assert MaintenanceWindows([window(XA), window(XA_2)], TREE).cover_all([XA, XA_2], NOW)
    assert not MaintenanceWindows([window(XA)], TREE).cover_all([XA, XA_2], NOW)
    assert not MaintenanceWindows([window(XA, LOA)], TREE).cover_all([XA], NOW)
    assert not MaintenanceWindows([window(TINH)], TREE).cover_all([XA], NOW + HOUR)
    assert not MaintenanceWindows([window(TINH)], TREE).cover_all([], NOW)
