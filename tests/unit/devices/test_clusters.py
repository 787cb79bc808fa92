"""Clusters of points on a map."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.clusters import ZOOM_MAX, MapPoint, clusters
from devices.model import DeviceId
from province.areas import Point


def post(number: int, lat: float, lon: float, *, is_heard: bool = True) -> MapPoint:
    return MapPoint(DeviceId(f"l{number}"), f"Loa {number}", Point(lat, lon), is_heard)


def test_far_out_they_are_one_circle_and_close_up_each_is_itself() -> None:
    posts = [post(1, 10.941, 108.301), post(2, 10.942, 108.302, is_heard=False)]
    (far,) = clusters(posts, 4)
    assert (far.count, far.away, far.only) == (2, 1, None)
    assert far.point == Point(10.9415, 108.3015)
    assert [each.only for each in clusters(posts, ZOOM_MAX)] == posts


def test_those_at_one_pole_stay_together_however_close_one_looks() -> None:
    (pole,) = clusters([post(1, 10.9, 108.2), post(2, 10.9, 108.2)], ZOOM_MAX + 3)
    assert pole.count == 2


@given(
    st.lists(st.tuples(st.floats(8, 24), st.floats(102, 110), st.booleans()), max_size=50),
    st.integers(0, ZOOM_MAX),
)
def test_nobody_is_lost_or_counted_twice(found: list[tuple[float, float, bool]], zoom: int) -> None:
    posts = [post(number, lat, lon, is_heard=on) for number, (lat, lon, on) in enumerate(found)]
    drawn = clusters(posts, zoom)
    assert sum(each.count for each in drawn) == len(posts)
    assert sum(each.away for each in drawn) == sum(not each.is_heard for each in posts)
    assert all((each.only is None) == (each.count > 1) for each in drawn)
