from __future__ import annotations

from datetime import date, datetime, time

import pytest

from cms.platform.web import typed_time

DAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    "typed",
    ["28/11/2026", "28-11-2026", "28.11.2026", "28 11 2026", " 28 / 11 / 26 ", "28112026", "2026-11-28"],
)
def test_a_day_stands_before_its_month(typed: str) -> None:
    assert typed_time.read_day(typed) == DAY


def test_the_twelfth_of_november_is_no_eleventh_of_december() -> None:
    assert typed_time.read_day("12/11/2026") == date(2026, 11, 12)


@pytest.mark.parametrize("typed", ["", "31/2/2026", "11/28/2026", "28/11", "mai", "28/11/2026/1", "1" * 41])
def test_what_the_calendar_does_not_have_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed_time.read_day(typed)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        *[(typed, time(17, 30)) for typed in ("17:30", "17h30", "17g30", "17.30", "1730", "17 giờ 30", "17h30 phút")],
        *[(typed, time(17)) for typed in ("17", "17h", "17:00", "17 giờ")],
        ("5:05", time(5, 5)),
        ("17:30:15", time(17, 30, 15)),
    ],
)
def test_a_clock_has_24_hours(typed: str, clock: time) -> None:
    assert typed_time.read_clock(typed) == clock


@pytest.mark.parametrize("typed", ["", "24:01", "17:60", "5 PM", "sớm", "17:3"])
def test_what_is_no_time_of_day_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed_time.read_clock(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("17:30 28/11/2026", "28/11/2026 17:30", "17h30 ngày 28/11/2026", "28/11/2026 lúc 17h30"),
        *("17:30, 28-11-26", "2026-11-28T17:30", "2026-11-28 17:30", "28112026 1730"),
    ],
)
def test_a_time_and_its_date_are_read_in_either_order(typed: str) -> None:
    assert typed_time.read_wall(typed) == datetime(2026, 11, 28, 17, 30)  # noqa: DTZ001 - wall time has no offset


@pytest.mark.parametrize("typed", ["", "17:30", "17:30 31/2/2026", "0001-01-01T00:00", "9999-12-31T00:00"])
def test_a_time_needs_a_date_that_every_zone_has(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed_time.read_wall(typed)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("2026-11-28", "28/11/2026"),
        ("2026-11-28T17:30", "17:30 28/11/2026"),
        ("2026-11-28T17:30:15", "17:30:15 28/11/2026"),
        ("17:30", "17:30"),
        ("31/2/2026", "31/2/2026"),
        ("THẾ NÀO", "THẾ NÀO"),
        ("", ""),
    ],
)
def test_a_stored_time_is_shown_as_people_read_it_and_a_mistyped_one_as_it_is(stored: str, shown: str) -> None:
    assert typed_time.shown(stored) == shown


@pytest.mark.parametrize(("typed", "day"), [("28/11/2026", DAY), ("17:30 28/11/2026", DAY), ("17:30", None)])
def test_the_day_in_a_field_is_found(typed: str, day: date | None) -> None:
    assert typed_time.day_within(typed) == day
