"""Formats of times, lengths and levels for people: HH:MM dd/MM/yyyy, in the province's time zone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask import Flask
from flask_babel import get_locale
from markupsafe import Markup

from cms.platform.web import typed_time
from cms.platform.web.languages import ZONE, _
from province.errors import Problem

LOCAL = ZoneInfo(ZONE)
_MINUTE_S = 60
_GROUPED_FROM = 1_000
State = TypeVar("State")


def local(at: datetime) -> datetime:
    """Convert an aware instant to wall time; a naive one is wall time already."""
    return at.astimezone(LOCAL) if at.tzinfo else at


def instant(at: datetime | None) -> Markup:
    return _time(at, "%H:%M %d/%m/%Y")


def instant_s(at: datetime | None) -> Markup:
    return _time(at, "%H:%M:%S %d/%m/%Y")


def clock(at: datetime | None) -> Markup:
    return _time(at, "%H:%M")


def clock_s(at: datetime | None) -> Markup:
    return _time(at, "%H:%M:%S")


def day(on: date | None) -> str:
    return "–" if on is None else on.strftime("%d/%m/%Y")


def as_typed(at: datetime | None) -> str:
    """Format the instant for a field with a date and a time."""
    return "" if at is None else local(at).strftime("%Y-%m-%dT%H:%M")


def typed_instant(text: str) -> datetime | None:
    """Read such a field, in UTC: wall time in the province's zone unless it has an offset; None if it is empty.

    Raises:
        ValueError: it is no time.
    """
    return typed_wall(text).replace(tzinfo=LOCAL).astimezone(UTC) if text else None


def typed_wall(text: str) -> datetime:
    """Read such a field as wall time in the province's zone (naive); an offset in it is converted.

    Raises:
        ValueError: it is no time, or none that the calendar of every zone has.
    """
    return local(typed_time.read_wall(text)).replace(tzinfo=None)


def typed_day(text: str) -> date | None:
    """Read a date field; None if it is no date."""
    try:
        return typed_time.read_day(text)
    except ValueError:
        return None


def read_instant(text: str, field: str, problems: list[Problem]) -> datetime | None:
    """Read such a field of a form; text that is no time becomes a problem of the field."""
    try:
        return typed_instant(text)
    except ValueError:
        problems.append(Problem(field, "NOT_A_TIME"))
        return None


def weekday(text: str) -> str:
    """Return the weekday of the date in a field, in the reader's language; empty if it holds none."""
    on = typed_time.day_within(text)
    return "" if on is None else dates.format_date(on, "EEEE", locale=get_locale())


def duration(length_ms: float | None) -> str:
    """Format minutes and seconds: ``1:05``."""
    if length_ms is None:
        return "–"
    seconds = round(length_ms / 1000)
    return f"{seconds // _MINUTE_S}:{seconds % _MINUTE_S:02d}"


def time_left(until_at: datetime, now: datetime) -> str:
    """Return the time left in words: to the minute within a day, in whole days beyond."""
    left = until_at - now
    if left <= timedelta():
        return _("time is up")
    if left < timedelta(minutes=1):
        return _("less than a minute left")
    if left.days:
        return _("%(n)s days left", n=left.days)
    hours, minutes = divmod(left // timedelta(minutes=1), 60)
    if not hours:
        return _("%(n)s minutes left", n=minutes)
    if not minutes:
        return _("%(n)s hours left", n=hours)
    return _("%(hours)s h %(minutes)s min left", hours=hours, minutes=minutes)


def decimal(value: float | None, digits: int = 1) -> str:
    """Format in the reader's language: ``-16,0`` or ``-16.0``."""
    return "–" if value is None else _pointed(str(get_locale()), round(value, digits) or 0.0, digits)


@lru_cache(maxsize=4096)
def _pointed(locale: str, value: float, digits: int) -> str:
    zeros = "0" * digits
    return numbers.format_decimal(value, f"#,##0.{zeros};−#,##0.{zeros}", locale)


@dataclass(frozen=True)
class BarPart(Generic[State]):
    """One coloured part of a bar: where it begins, and its width."""

    state: State
    x: float
    width: float


def bar(
    counts: Mapping[State, int], order: Iterable[State], length: float, total: int | None = None
) -> tuple[BarPart[State], ...]:
    """Divide a bar by these counts, in this order; what is left of ``total`` (else of the counts) stays empty."""
    whole = sum(counts.values()) if total is None else total
    parts: list[BarPart[State]] = []
    x = 0.0
    for state in order:
        width = length * counts.get(state, 0) / whole if whole else 0.0
        if width:
            parts.append(BarPart(state, round(x, 2), round(width, 2)))
        x += width
    return tuple(parts)


def number(value: int) -> str:
    # A province's table shows a thousand a second, mostly small ones: they are written alike in all our languages.
    return str(value) if type(value) is int and 0 <= value < _GROUPED_FROM else _grouped(str(get_locale()), value)


@lru_cache(maxsize=4096)
def _grouped(locale: str, value: int) -> str:
    """Format a figure as its language does; the same ones come again and again."""
    return numbers.format_decimal(value, locale=locale)


def _time(at: datetime | None, form: str) -> Markup:
    if at is None:
        return Markup("–")
    wall = local(at)
    # Neither text holds anything to escape, and a page of a province shows hundreds.
    return Markup(f'<time datetime="{wall.isoformat()}">{wall:{form}}</time>')  # noqa: S704


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        instant=instant,
        instant_s=instant_s,
        clock=clock,
        day=day,
        clock_s=clock_s,
        local_input=lambda at: local(at).strftime("%Y-%m-%dT%H:%M:%S"),
        as_read=lambda value: typed_time.shown(value or ""),
        weekday=lambda value: weekday(value or ""),
        local_day=lambda at: day(local(at).date()),
        duration=duration,
        time_left=time_left,
        decimal=decimal,
        number=number,
    )
