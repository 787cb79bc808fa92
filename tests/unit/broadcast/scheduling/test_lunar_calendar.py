"""Lunar calendar against dates printed in Vietnamese calendars."""

from __future__ import annotations

from datetime import date

import pytest

from broadcast.scheduling.lunar_calendar import new_year, solar_date

# Years in which Hà Nội and Beijing kept Tết on different days are 1985, 2007 and 2030.
TET = """1985-01-21 2007-02-17 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01
2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-02 2031-01-23 2032-02-11
2033-01-31 2034-02-19 2035-02-08"""
HUNG_KINGS = "2020-04-02 2021-04-21 2022-04-10 2023-04-29 2024-04-18 2025-04-07 2026-04-26"
MID_AUTUMN = "2020-10-01 2021-09-21 2022-09-10 2023-09-29 2024-09-17 2025-10-06 2026-09-25"


@pytest.mark.parametrize("day", TET.split())
def test_tet_falls_on_the_day_it_was_or_will_be_kept(day: str) -> None:
    assert new_year(int(day[:4])).isoformat() == day


@pytest.mark.parametrize(("month", "days"), [((10, 3), HUNG_KINGS), ((15, 8), MID_AUTUMN)])
def test_months_before_and_after_a_leap_month_are_found(month: tuple[int, int], days: str) -> None:
    found = [solar_date(*month, int(day[:4])).isoformat() for day in days.split()]
    assert found == days.split()


def test_the_last_months_belong_to_the_lunar_year_that_ends() -> None:
    assert solar_date(1, 11, 2025) == date(2025, 12, 20)
    assert solar_date(23, 12, 2025) == date(2026, 2, 10)
