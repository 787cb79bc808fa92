from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.reports.model import Period, Span
from broadcast.reports.spans import before, days_of, ended, kind_of, month_of, months_of, period_of, pieces
from cms.reports.service.requests import span_of
from province.errors import InvalidError


def quarter_of(on: date) -> Span:
    return period_of(Period.QUARTER, on)


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first_on = draw(DAYS)
    return Span(first_on, first_on + timedelta(days=draw(st.integers(0, 730))))


def test_a_month_and_a_quarter_end_where_the_calendar_says() -> None:
    assert month_of(date(2028, 2, 10)) == Span(date(2028, 2, 1), date(2028, 2, 29))
    assert month_of(date(2026, 12, 31)) == Span(date(2026, 12, 1), date(2026, 12, 31))
    assert quarter_of(date(2026, 11, 24)) == Span(date(2026, 10, 1), date(2026, 12, 31))
    assert quarter_of(date(2026, 1, 1)) == Span(date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("span", "earlier"),
    [
        (month_of(date(2026, 3, 1)), month_of(date(2026, 2, 1))),
        (quarter_of(date(2026, 1, 1)), quarter_of(date(2025, 12, 1))),
        (Span(date(2026, 3, 10), date(2026, 3, 12)), Span(date(2026, 3, 7), date(2026, 3, 9))),
    ],
)
def test_a_span_is_compared_with_its_like_before(span: Span, earlier: Span) -> None:
    assert before(span) == earlier


def test_halves_and_years_begin_in_january_and_july() -> None:
    assert period_of(Period.HALF_YEAR, date(2026, 6, 30)) == Span(date(2026, 1, 1), date(2026, 6, 30))
    assert period_of(Period.HALF_YEAR, date(2026, 7, 1)) == Span(date(2026, 7, 1), date(2026, 12, 31))
    assert period_of(Period.YEAR, date(2028, 2, 29)) == Span(date(2028, 1, 1), date(2028, 12, 31))
    assert kind_of(Span(date(2026, 7, 1), date(2026, 12, 31))) is Period.HALF_YEAR
    assert before(period_of(Period.YEAR, date(2026, 5, 5))) == period_of(Period.YEAR, date(2025, 5, 5))
    assert before(period_of(Period.HALF_YEAR, date(2026, 1, 1))) == Span(date(2025, 7, 1), date(2025, 12, 31))


def test_only_whole_periods_of_the_calendar_have_a_name() -> None:
    assert kind_of(month_of(date(2026, 5, 5))) is Period.MONTH
    assert kind_of(quarter_of(date(2026, 5, 5))) is Period.QUARTER
    assert kind_of(Span(date(2026, 5, 1), date(2026, 5, 30))) is None


@given(spans())
def test_whole_months_and_ends_are_the_span_and_nothing_twice(span: Span) -> None:
    cut = pieces(span)
    covered = [day for month in cut.months for day in days_of(month_of(month))]
    covered += [day for end in cut.ends for day in days_of(end)]
    assert sorted(covered) == list(days_of(span))


@given(spans())
def test_months_follow_each_other_without_a_gap(span: Span) -> None:
    parts = list(months_of(span))
    assert [day for part in parts for day in days_of(part)] == list(days_of(span))
    assert all(month_of(part.first_on) == month_of(part.last_on) for part in parts)


@given(st.sampled_from(Period), DAYS, st.integers(0, 400))
def test_periods_have_ended_when_their_last_day_is_over(period: Period, since_on: date, later: int) -> None:
    today = since_on + timedelta(days=later)
    found = list(ended(period, since_on, today))
    assert all(each.last_on < today and each.last_on >= since_on for each in found)
    assert period_of(period, today) not in found
    if found:
        assert period_of(period, found[-1].last_on + timedelta(days=1)) == period_of(period, today)


def test_a_span_needs_both_days_in_order_and_within_two_years() -> None:
    assert span_of(date(2026, 1, 1), date(2026, 1, 1)).days == 1
    with pytest.raises(InvalidError) as missing:
        span_of(None, None)
    assert [(each.field, each.code) for each in missing.value.problems] == [
        ("first_on", "NOT_A_DATE"),
        ("last_on", "NOT_A_DATE"),
    ]
    for last_on in (date(2025, 12, 31), date(2028, 1, 2)):
        with pytest.raises(InvalidError) as refused:
            span_of(date(2026, 1, 1), last_on)
        assert [each.code for each in refused.value.problems] == ["SPAN_TOO_LONG"]
