"""How times, lengths and levels are written for people: HH:MM dd/MM/yyyy, in the province's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import format_decimal
from markupsafe import Markup

from cms.web.languages import ZONE

LOCAL = ZoneInfo(ZONE)
_MINUTE_S = 60


def local(at: datetime) -> datetime:
    """The wall time of an aware instant; a naive one is a wall time already."""
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


def duration(length_ms: float | None) -> str:
    """Minutes and seconds: ``1:05``."""
    if length_ms is None:
        return "–"
    seconds = round(length_ms / 1000)
    return f"{seconds // _MINUTE_S}:{seconds % _MINUTE_S:02d}"


def decimal(value: float | None, digits: int = 1) -> str:
    """In the reader's language: ``-16,0`` or ``-16.0``."""
    if value is None:
        return "–"
    written: str = format_decimal(round(value, digits), format=f"#,##0.{'0' * digits};−#,##0.{'0' * digits}")
    return written


def number(value: int) -> str:
    written: str = format_decimal(value)
    return written


def _time(at: datetime | None, form: str) -> Markup:
    if at is None:
        return Markup("–")
    wall = local(at)
    return Markup('<time datetime="{}">{}</time>').format(wall.isoformat(), wall.strftime(form))


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        instant=instant,
        instant_s=instant_s,
        clock=clock,
        day=day,
        clock_s=clock_s,
        local_input=lambda at: local(at).strftime("%Y-%m-%dT%H:%M:%S"),
        local_day=lambda at: day(local(at).date()),
        duration=duration,
        decimal=decimal,
        number=number,
    )
