"""Parts of the public pages: past months, a limit per address, the time of the last change, communes as dots."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from cms.platform.web.client_address import client_address
from cms.public.views import limits, months
from cms.public.views.caching import Marks
from cms.public.views.map import WIDTH, dots
from cms.public.views.months import Month
from province.areas import Area, AreaId, Point

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def area(name: str, lat: float | None, lon: float = 108.0) -> Area:
    point = None if lat is None else Point(lat, lon)
    return Area(AreaId(name), name, "ward", None, date(2020, 1, 1), point=point)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "2026-11-01", "nonsense", "9999-12", "0001-01"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert Month.read(text) is None


def test_a_month_knows_its_days_and_its_neighbours() -> None:
    december = Month.read("2026-12")
    assert december is not None
    assert (december.first_on, december.last_on) == (date(2026, 12, 1), date(2026, 12, 31))
    assert (str(december.after), str(december.before)) == ("2027-01", "2026-11")
    assert months.Month.of(date(2024, 2, 5)).last_on == date(2024, 2, 29)


def test_a_page_is_as_old_as_what_it_says() -> None:
    marks = Marks(most=2)
    assert marks.since("/a", "1", NOW) == NOW
    later = NOW + timedelta(minutes=1)
    assert marks.since("/a", "1", later) == NOW
    assert marks.since("/a", "2", later) == later
    marks.since("/b", "1", later)
    marks.since("/c", "1", later)
    assert marks.since("/a", "2", later + timedelta(minutes=1)) == later + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hops", "forwarded", "peer", "source"),
    [
        (0, "198.51.100.7", "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7", "192.0.2.1", "203.0.113.9"),
        (3, "198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (0, "", "2001:db8:1:2:3::4", "2001:db8:1:2::"),
        (1, "unknown", "192.0.2.1", "unknown"),
    ],
)
def test_whose_address_it_is_past_our_own_proxies(hops: int, forwarded: str, peer: str, source: str) -> None:
    found = client_address(forwarded, peer, hops)
    with Flask("x").test_request_context(environ_overrides={"REMOTE_ADDR": found}):
        assert limits.source() == source


def test_communes_are_dots_where_they_lie_and_one_alone_is_no_map() -> None:
    drawing = dots([area("bắc", 11.0), area("nam", 10.0, 108.5), area("đâu", None)], {AreaId("nam")})
    assert drawing is not None
    north, south = drawing.spots
    assert north.y < south.y
    assert north.x < south.x <= WIDTH
    assert (north.is_found, south.is_found) == (False, True)
    assert dots([area("một", 11.0), area("đâu", None)], set()) is None


def test_a_name_stands_beside_its_dot_where_there_is_room_and_over_no_other() -> None:
    communes = [area("Hàm Tiến", 10.95, 108.22), area("Mũi Né", 10.95, 108.23), area("Liên Hương", 11.22, 108.73)]
    drawing = dots(communes, {each.id for each in communes})
    assert drawing is not None
    here, near, far = drawing.spots
    assert here.name is None  # both of its sides are taken, or off the page
    assert near.name is not None
    assert (near.name.is_left, near.name.x > near.x) == (False, True)
    assert far.name is not None
    assert (far.name.is_left, far.name.x < far.x) == (True, True)


def test_who_was_not_looked_for_is_a_dot_without_a_name() -> None:
    drawing = dots([area("bắc", 11.0), area("nam", 10.0, 108.5)], {AreaId("nam")})
    assert drawing is not None
    assert [spot.name is None for spot in drawing.spots] == [True, False]


def test_outlines_lie_under_the_dots_and_within_the_drawing() -> None:
    ring = [(9.8, 107.9), (9.8, 108.6), (11.2, 108.6), (11.2, 107.9)]
    drawing = dots([area("bắc", 11.0), area("nam", 10.0, 108.5)], set(), {AreaId("nam"): [ring], AreaId("x"): [ring]})
    assert drawing is not None
    (drawn,) = drawing.outlines
    corners = [tuple(map(float, corner.split(","))) for corner in drawn.split()]
    assert len(corners) == 4
    assert all(0 <= x <= WIDTH and 0 <= y <= drawing.height for x, y in corners)
    assert all(min(y for _, y in corners) < spot.y < max(y for _, y in corners) for spot in drawing.spots)
