from __future__ import annotations

from datetime import date, datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.scheduling.lunar_calendar import lunar_months, solar_date
from broadcast.scheduling.recurrence import all_problems
from broadcast.scheduling.recurrence.lunar import ENDS_ON, LunarRule
from broadcast.scheduling.recurrence.rule import dates_of
from province.wall_clock import DEFAULT_ZONE
from tests.fakes.programme import schedule

FULL_MOON = "RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=15"


def dates(rrule: str, starts: str = "2026-02-01T17:00", count: int = 3) -> list[str]:
    rule = dates_of(rrule, datetime.fromisoformat(starts), DEFAULT_ZONE)
    return [on.isoformat() for on in islice(rule.from_date(rule.first_on), count)]


def test_the_full_moon_days_of_a_year_are_those_of_the_calendar() -> None:
    # Rằm tháng Giêng, tháng Hai, tháng Ba of the year Bính Ngọ.
    assert dates(FULL_MOON)[1:] == [solar_date(15, 1, 2026).isoformat(), solar_date(15, 2, 2026).isoformat()]
    assert dates(FULL_MOON)[1] == "2026-03-03"


def test_a_rule_ends_with_its_count_its_last_date_and_the_calendar() -> None:
    assert len(dates(f"{FULL_MOON};COUNT=2", count=9)) == 2
    assert dates(f"{FULL_MOON};UNTIL=20260310", count=9)[-1] == "2026-03-03"
    assert list(LunarRule(date(2199, 12, 1), 1, None, None).from_date(ENDS_ON)) == []


def test_the_last_day_is_the_day_before_the_next_first() -> None:
    lasts, firsts = (
        [date.fromisoformat(on) for on in dates(f"RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY={day}", count=6)]
        for day in ("-1", "1")
    )
    # The rule begins on 1 February, within a month: its last day comes before the first of the next one.
    assert [(first - last).days for last, first in zip(lasts, firsts, strict=True)] == [1] * 6


@pytest.mark.parametrize(
    ("rrule", "code"),
    [
        ("RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=15", "RULE_RSCALE"),
        ("RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=31", "RULE_LUNAR_DAY"),
        ("RSCALE=VIETNAMESE;FREQ=MONTHLY", "RULE_LUNAR_DAY"),
        ("RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=1;INTERVAL=2", "RULE_LUNAR_PARTS"),
    ],
)
def test_what_is_wrong_with_a_lunar_rule_is_said(rrule: str, code: str) -> None:
    assert [each.code for each in all_problems([schedule(rrule=rrule)])] == [code]
    assert all_problems([schedule(rrule=FULL_MOON)]) == ()


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(1, 30))
def test_asking_from_any_date_finds_the_same_dates(on: date, day: int) -> None:
    rule = LunarRule(date(1950, 1, 1), day, None, None)
    found = next(rule.from_date(on))
    assert found >= on
    assert (found - on).days <= 89
    assert rule.holds(found)


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_months_follow_one_another_and_have_29_or_30_days(on: date) -> None:
    before, this, after = islice(lunar_months(on), 3)
    assert before.first_on < on <= after.first_on or before.first_on <= on < after.first_on
    assert (this.first_on - before.first_on).days == before.days
    assert {before.days, this.days} <= {29, 30}
    assert before.day(31) is None
