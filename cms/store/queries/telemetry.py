"""What a device told over a span, as its charts show it: single records for a day, hours for longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.store.packed import FIELDS, unpack, unpack_hour
from cms.store.tables import DeviceHourlyRow, DeviceRawRow
from cms.store.telemetry_days import added_up_until_ms
from devices.hours import COVERS_MS, HOUR_MS, NUMBERS, Hour, hour_of
from devices.model import DeviceId

_TS: Final = FIELDS.index("ts")


class Span(StrEnum):
    """How far back."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def ms(self) -> int:
        return HOUR_MS * {Span.HOUR: 1, Span.DAY: 24, Span.WEEK: 7 * 24, Span.MONTH: 30 * 24}[self]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at the instants of its chart; None: not measured. Least and most are the mean where records are."""

    mean: Sequence[float | None]
    least: Sequence[float | None]
    most: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """``times_ms`` are ms UTC, rising; where nothing was heard for long, an instant stands with no figure.

    ``grain`` is ``record`` or ``hour``. ``figures`` holds what was measured at all, by its name in Telemetry.
    """

    grain: str
    times_ms: Sequence[int]
    figures: Mapping[str, Figure]


def chart(session: Session, device_id: DeviceId, span: Span, now_ms: int) -> Chart:
    """Up to now; a day from its records, more from its hours, of which the last are added up as they are asked."""
    since_ms = now_ms - span.ms
    if span in (Span.WEEK, Span.MONTH):
        return _of_hours(_hours(session, device_id, since_ms))
    return _of_records(_records(session, device_id, since_ms))


def _records(session: Session, device_id: DeviceId, since_ms: int) -> list[list[Any]]:
    row = DeviceRawRow
    bodies = session.scalars(
        select(row.body).where(row.device_id == device_id, row.at_ms >= since_ms).order_by(row.at_ms)
    )
    return [unpack(body) for body in bodies]


def _hours(session: Session, device_id: DeviceId, since_ms: int) -> Iterator[tuple[int, Hour]]:
    row = DeviceHourlyRow
    kept = session.execute(
        select(row.hour_ms, row.body).where(row.device_id == device_id, row.hour_ms >= since_ms).order_by(row.hour_ms)
    )
    until_ms = max(since_ms, added_up_until_ms(session))
    yield from ((hour_ms, unpack_hour(body)) for hour_ms, body in kept if hour_ms < until_ms)
    for hour, records in groupby(_records(session, device_id, until_ms), lambda record: int(record[_TS]) // HOUR_MS):
        yield hour * HOUR_MS, hour_of(list(records), hour * HOUR_MS)


def _of_records(records: Sequence[Sequence[Any]]) -> Chart:
    times_ms, lines = _with_gaps([(record[_TS], record) for record in records], 2 * COVERS_MS)
    figures = {}
    for name in NUMBERS:
        place = FIELDS.index(name)
        values = [None if line is None or place >= len(line) else line[place] for line in lines]
        if any(value is not None for value in values):
            figures[name] = Figure(values, values, values)
    return Chart("record", times_ms, figures)


def _of_hours(hours: Iterator[tuple[int, Hour]]) -> Chart:
    times_ms, lines = _with_gaps(list(hours), HOUR_MS)
    figures = {}
    for name in NUMBERS:
        spreads = [None if line is None else line.number(name) for line in lines]
        if any(spread is not None for spread in spreads):
            least, mean, most = zip(*((None, None, None) if each is None else each for each in spreads), strict=True)
            figures[name] = Figure(mean, least, most)
    return Chart("hour", times_ms, figures)


def _with_gaps(found: Sequence[tuple[int, Any]], longest_ms: int) -> tuple[list[int], list[Any]]:
    """A line is not drawn through a time in which nothing was heard."""
    times_ms: list[int] = []
    lines: list[Any] = []
    for at_ms, line in found:
        if times_ms and at_ms - times_ms[-1] > longest_ms:
            times_ms.append(times_ms[-1] + longest_ms)
            lines.append(None)
        times_ms.append(at_ms)
        lines.append(line)
    return times_ms, lines
