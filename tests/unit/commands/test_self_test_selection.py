"""Selection of devices for the day's audible self-tests, and their times."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.commands.self_tests import (
    EACH_WITHIN,
    LASTS,
    SHARES,
    SelfTestCandidate,
    TestHour,
    chosen,
    hour_of,
    is_time,
)
from devices.model import DeviceId
from province.areas import AreaId

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # 14:30 in Vietnam
XA, HUYEN, TINH = AreaId("xa"), AreaId("huyen"), AreaId("tinh")
HOUR = TestHour(
    area_id=TINH,
    at=time(14, 30),
    reason="r",
    asked_by="a",
    asked_by_name="A",
    asked_at=NOW,
    agreed_by="b",
    agreed_by_name="B",
    agreed_at=NOW,
)
DAY = timedelta(days=1)


def box(number: int, *, area: AreaId = XA, tested_at: datetime | None = None, is_fit: bool = True) -> SelfTestCandidate:
    return SelfTestCandidate(DeviceId(f"l{number:04}"), area, tested_at, is_fit)


def test_the_nearest_hour_counts_also_where_it_says_never_or_waits_for_somebody() -> None:
    chain = (XA, HUYEN, TINH)
    assert hour_of(chain, {}) is None
    assert hour_of(chain, {TINH: HOUR}) == HOUR
    for nearer in (replace(HOUR, area_id=HUYEN, at=None), replace(HOUR, area_id=HUYEN, agreed_by=None)):
        assert hour_of(chain, {TINH: HOUR, HUYEN: nearer}) is None
    own = replace(HOUR, area_id=XA, at=time(9))
    assert hour_of(chain, {TINH: HOUR, XA: own}) == own


@pytest.mark.parametrize(
    ("at", "now", "due"),
    [
        (time(14, 30), NOW, True),
        (time(14, 30), NOW - timedelta(seconds=1), False),
        (time(14, 30), NOW + LASTS - timedelta(seconds=1), True),
        (time(14, 30), NOW + LASTS, False),
        (time(23, 30), datetime(2026, 11, 24, 17, 10, tzinfo=UTC), True),
        (None, NOW, False),
    ],
)
def test_the_tests_of_a_day_begin_within_the_hour(at: time | None, now: datetime, due: bool) -> None:
    assert is_time(replace(HOUR, at=at), now, ZONE) is due


def test_of_each_area_a_share_the_longest_untested_first() -> None:
    old, older = NOW - EACH_WITHIN, NOW - 2 * EACH_WITHIN
    boxes = [box(number, tested_at=old) for number in range(SHARES)]
    boxes += [box(100, tested_at=older), box(101), box(200, area=HUYEN), box(201, area=HUYEN)]
    assert chosen(reversed(boxes), NOW) == ["l0200", "l0101", "l0100"]


def test_who_was_tested_within_the_month_or_may_not_sound_now_is_left_in_peace() -> None:
    lately = NOW - EACH_WITHIN + timedelta(seconds=1)
    assert chosen([box(1, tested_at=lately), box(2, is_fit=False)], NOW) == []
    assert chosen([box(1, tested_at=lately), box(2, is_fit=False), box(3)], NOW) == ["l0003"]


@given(st.integers(min_value=0, max_value=130), st.integers(min_value=0, max_value=6))
def test_each_device_is_tested_once_in_a_month_though_an_area_is_busy_for_some_days(devices: int, lost: int) -> None:
    tested: dict[int, list[datetime]] = {}
    busy = set(range(3, 3 + lost))
    for day in range(EACH_WITHIN.days):
        now = NOW + day * DAY
        boxes = [
            box(number, tested_at=tested[number][-1] if number in tested else None, is_fit=day not in busy)
            for number in range(devices)
        ]
        for device_id in chosen(boxes, now):
            tested.setdefault(int(device_id[1:]), []).append(now)
    assert Counter(map(len, tested.values())) == Counter({1: devices} if devices else {})
