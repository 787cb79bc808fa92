"""Monthly rules: the dates are those of RFC 5545, and no search runs past the calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from broadcast.scheduling.recurrence import all_problems, next_start_at, problems
from broadcast.scheduling.recurrence.monthly import WEEKDAYS, MonthRule
from broadcast.scheduling.recurrence.moves import moved_from
from broadcast.scheduling.recurrence.rule import dates_of
from province.errors import InvalidError
from tests.fakes.programme import local, schedule, wall

ZONE = "Asia/Ho_Chi_Minh"
STARTS = wall("2026-03-02T17:00")
FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
NTH = st.sampled_from(["-1", "1", "2", "3", "4", "5"])
DAYS = st.one_of(
    st.none(),
    st.integers(1, 31).map(lambda day: f"BYMONTHDAY={day}"),
    st.just("BYMONTHDAY=-1"),
    st.tuples(NTH, st.sampled_from(WEEKDAYS)).map(lambda pair: f"BYDAY={pair[0]}{pair[1]}"),
)
ENDS = st.one_of(
    st.none(),
    st.integers(1, 40).map(lambda count: f"COUNT={count}"),
    st.dates(FIRST, LAST).map(lambda on: f"UNTIL={on:%Y%m%d}"),
)


@pytest.mark.parametrize(
    ("rrule", "expected"),
    [
        ("FREQ=MONTHLY", "2026-03-02 2026-04-02 2026-05-02"),
        ("FREQ=MONTHLY;BYDAY=1SA", "2026-03-07 2026-04-04 2026-05-02"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-03-27 2026-04-24 2026-05-29"),
        ("FREQ=MONTHLY;BYDAY=1SU", "2026-04-05 2026-05-03 2026-06-07"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-04-01 2026-05-01 2026-06-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-03-31 2026-05-31 2026-07-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-03-31 2026-04-30 2026-05-31"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15", "2026-03-15 2026-06-15 2026-09-15"),
        ("FREQ=MONTHLY;BYDAY=5SA;COUNT=2", "2026-05-30 2026-08-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20260405", "2026-03-05"),
    ],
)
def test_a_monthly_rule_names_one_date_a_month(rrule: str, expected: str) -> None:
    starts = wall("2026-03-05T18:00") if "UNTIL" in rrule else STARTS
    found = dates_of(rrule.replace("UNTIL=20260405", "UNTIL=20260404"), starts, ZONE).from_date(FIRST)
    assert " ".join(on.isoformat() for on in islice(found, 3)) == expected


@given(
    starts=st.dates(FIRST, LAST),
    interval=st.integers(1, 14),
    day=DAYS,
    end=ENDS,
    asked=st.dates(FIRST, LAST),
)
def test_its_dates_are_those_of_rfc_5545(
    starts: date, interval: int, day: str | None, end: str | None, asked: date
) -> None:
    parts = filter(None, ("FREQ=MONTHLY", f"INTERVAL={interval}", day or f"BYMONTHDAY={starts.day}", end))
    rrule = ";".join(parts)
    begins, asked_at = datetime.combine(starts, time()), datetime.combine(asked, time())
    oracle = rrulestr(rrule, dtstart=begins).xafter(asked_at, inc=True)
    wanted = [found.date() for found in islice(oracle, 30) if found.date() <= LAST]
    rule = dates_of(rrule, begins, ZONE)
    assert [on for on in islice(rule.from_date(asked), 30) if on <= LAST] == wanted
    for on in wanted[:3]:
        assert rule.holds(on)
        assert rule.holds(on + timedelta(days=1)) is (on + timedelta(days=1) in wanted)


@given(
    first_on=st.dates(),
    interval=st.integers(1, 366),
    nth=st.sampled_from([-1, *range(1, 32)]),
    weekday=st.one_of(st.none(), st.integers(0, 6)),
    count=st.one_of(st.none(), st.integers(1, 5000)),
)
def test_every_search_ends_with_the_calendar(
    first_on: date, interval: int, nth: int, weekday: int | None, count: int | None
) -> None:
    rule = MonthRule(first_on, interval, nth, weekday, count, None)
    found = list(rule.from_date(date(9900, 1, 1)))
    assert len(found) <= 12 * 100
    assert found == sorted(set(found))


def test_a_day_that_no_such_month_has_is_refused() -> None:
    february = schedule("2027-02-01T08:00", rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31")
    assert [each.code for each in problems(february)] == ["RULE_NEVER"]


@pytest.mark.parametrize(
    ("rrule", "codes"),
    [
        ("FREQ=MONTHLY", []),
        ("freq=monthly;byday=1sa", []),
        ("FREQ=MONTHLY;BYDAY=6SA", ["RULE_MONTH_WEEKDAY"]),
        ("FREQ=MONTHLY;BYDAY=SA", ["RULE_MONTH_WEEKDAY"]),
        ("FREQ=MONTHLY;BYDAY=1SA,2SA", ["RULE_MONTH_WEEKDAY"]),
        ("FREQ=MONTHLY;BYMONTHDAY=32", ["RULE_MONTH_DAY"]),
        ("FREQ=MONTHLY;BYMONTHDAY=0", ["RULE_MONTH_DAY"]),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=1SA", ["RULE_MONTH_TWICE"]),
        ("FREQ=MONTHLY;INTERVAL=999", ["RULE_INTERVAL"]),
        ("FREQ=DAILY;BYMONTHDAY=1", ["RULE_PART_UNKNOWN"]),
    ],
)
def test_a_monthly_rule_is_refused_for_what_is_wrong_with_it(rrule: str, codes: list[str]) -> None:
    found = all_problems([schedule(rrule=rrule)])
    assert [each.code for each in found] == codes


def test_all_airings_of_a_monthly_rule_are_not_moved_at_once() -> None:
    with pytest.raises(InvalidError) as error:
        moved_from(schedule(rrule="FREQ=MONTHLY"), date(2026, 3, 2), wall("2026-03-03T17:00"), "2")
    assert [each.code for each in error.value.problems] == ["MOVE_MONTHLY"]


def test_the_next_drill_of_a_month_is_the_next_such_date() -> None:
    each = schedule(rrule="FREQ=MONTHLY;BYDAY=1SA")
    assert next_start_at([each], local("2026-03-07T17:00")) == local("2026-04-04T17:00")
