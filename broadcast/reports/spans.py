"""Spans of days: months, quarters, half-years, years, the span before, and which of them have ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from broadcast.reports.model import Period, Span

SPAN_MAX_DAYS = 731
"""Two years with a leap day."""
_DAY = timedelta(days=1)
_MONTHS_A_YEAR = 12
_MONTHS: Final = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: _MONTHS_A_YEAR}


def month_of(on: date) -> Span:
    return period_of(Period.MONTH, on)


def period_of(period: Period, on: date) -> Span:
    """Return the period that a day lies in."""
    months = _MONTHS[period]
    first_on = date(on.year, on.month - (on.month - 1) % months, 1)
    return Span(first_on, _later(first_on, months) - _DAY)


def kind_of(span: Span) -> Period | None:
    """Return the period where it is a whole one of the calendar."""
    return next((each for each in Period if period_of(each, span.first_on) == span), None)


def before(span: Span) -> Span:
    """Return the span to compare with: the previous period of the calendar, else as many days before."""
    last_on = span.first_on - _DAY
    period = kind_of(span)
    return period_of(period, last_on) if period else Span(last_on - (span.last_on - span.first_on), last_on)


def ended(period: Period, since_on: date, today: date) -> Iterator[Span]:
    """Yield the periods whose last day lies on ``since_on`` or later and before today, oldest first."""
    found = period_of(period, since_on)
    while found.last_on < today:
        yield found
        found = period_of(period, found.last_on + _DAY)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A span as whole months (by their first days) and what is left of it at both ends."""

    months: tuple[date, ...]
    ends: tuple[Span, ...]


def pieces(span: Span) -> Pieces:
    """Split a span into whole months and rests: months are stored added up, so a quarter needs three sums."""
    months: list[date] = []
    at = span.first_on if span.first_on.day == 1 else _next_month(span.first_on)
    while _next_month(at) - _DAY <= span.last_on:
        months.append(at)
        at = _next_month(at)
    if not months:
        return Pieces((), (span,))
    ends = (Span(span.first_on, months[0] - _DAY), Span(_next_month(months[-1]), span.last_on))
    return Pieces(tuple(months), tuple(end for end in ends if end.days > 0))


def months_of(span: Span) -> Iterator[Span]:
    """Yield the span cut at the ends of months."""
    at = span.first_on
    while at <= span.last_on:
        last_on = min(month_of(at).last_on, span.last_on)
        yield Span(at, last_on)
        at = last_on + _DAY


def days_of(span: Span) -> Iterator[date]:
    for number in range(span.days):
        yield span.first_on + number * _DAY


def _next_month(on: date) -> date:
    return _later(on.replace(day=1), 1)


def _later(first_on: date, months: int) -> date:
    number = first_on.year * _MONTHS_A_YEAR + first_on.month - 1 + months
    return date(number // _MONTHS_A_YEAR, number % _MONTHS_A_YEAR + 1, 1)
