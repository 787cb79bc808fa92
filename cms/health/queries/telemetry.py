"""Telemetry for screens: history and latest record of devices, and counts of all messages by outcome."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.alerts.tables import OrderRow
from cms.fleet.queries.devices import firmware_spread
from cms.fleet.tables import DeviceRow, DeviceStatusRow, obeys
from cms.health.repository.telemetry import FIELDS, unpack, unpack_hour, vital_of
from cms.health.repository.telemetry_days import added_up_until_ms
from cms.health.tables import DeviceHourlyRow, DeviceLastRow, DeviceRawRow, TelemetryCountRow
from cms.platform.store.jobs import JobState
from cms.platform.store.rows import among
from cms.platform.store.tables import JobRow, OutboxRow
from devices.hourly_rollup import COVERS_MS, HOUR_MS, NUMBERS, HourlyRollup, hour_of, together
from devices.model import DeviceId, DeviceKind
from devices.telemetry import TelemetrySnapshot
from province.wall_clock import DEFAULT_ZONE

_TS: Final = FIELDS.index("ts")
HEARD_WITHIN = timedelta(minutes=15)
"""Three of the usual intervals between two telemetry messages."""
_MAINS, _SPK = FIELDS.index("mains"), FIELDS.index("spk")


class ChartSpan(StrEnum):
    """Span of a chart, back from now."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def ms(self) -> int:
        return _HOURS[self] * HOUR_MS


_HOURS: Final = {
    ChartSpan.HOUR: 1,
    ChartSpan.DAY: 24,
    ChartSpan.WEEK: 7 * 24,
    ChartSpan.MONTH: 30 * 24,
    ChartSpan.YEAR: 365 * 24,
}
_DAY_MS: Final = 24 * HOUR_MS


class Grain(StrEnum):
    """Grain of a chart: what one instant stands for."""

    RECORD = "record"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Figure:
    """Figure at the instants of its chart; None: not measured. Least and most equal the mean for single records."""

    mean: Sequence[float | None]
    least: Sequence[float | None]
    most: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Chart. ``times_ms`` are ms UTC, rising; a long gap in telemetry is an instant without a figure.

    Hours and days stand at their beginning, a day at midnight in the province. ``figures`` holds the measured ones, by
    their names in Telemetry.
    """

    grain: Grain
    times_ms: Sequence[int]
    figures: Mapping[str, Figure]


def chart(session: Session, device_id: DeviceId, span: ChartSpan, now_ms: int) -> Chart:
    """Build a chart up to now, the last hours rolled up at once; at most 721 instants for a month, 365 for a year."""
    since_ms = now_ms - span.ms
    if span is ChartSpan.YEAR:
        offset_ms = _offset_ms(now_ms)
        first_ms = _day_of(since_ms, offset_ms) + _DAY_MS
        days = groupby(_hours(session, device_id, first_ms), lambda each: _day_of(each[0], offset_ms))
        # An hour is dropped as soon as its day is rolled up: 8,760 of them kept at once take twice as long.
        return _of_stretches(
            Grain.DAY, _DAY_MS, [(day_ms, together([hour for _, hour in hours])) for day_ms, hours in days]
        )
    if span in (ChartSpan.WEEK, ChartSpan.MONTH):
        return _of_stretches(Grain.HOUR, HOUR_MS, list(_hours(session, device_id, since_ms)))
    return _of_records(_records(session, device_id, since_ms))


def _offset_ms(now_ms: int) -> int:
    """Return the offset of the province's time from UTC."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(DEFAULT_ZONE))
    return (now.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _day_of(at_ms: int, offset_ms: int) -> int:
    """Return the beginning of the province's day of that instant, as ms UTC."""
    return at_ms - (at_ms + offset_ms) % _DAY_MS


def _records(session: Session, device_id: DeviceId, since_ms: int) -> list[list[Any]]:
    row = DeviceRawRow
    bodies = session.scalars(
        select(row.body).where(row.device_id == device_id, row.at_ms >= since_ms).order_by(row.at_ms)
    )
    return [unpack(body) for body in bodies]


def _hours(session: Session, device_id: DeviceId, since_ms: int) -> Iterator[tuple[int, HourlyRollup]]:
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
    return Chart(Grain.RECORD, times_ms, figures)


def _of_stretches(grain: Grain, length_ms: int, told: Sequence[tuple[int, HourlyRollup]]) -> Chart:
    times_ms, lines = _with_gaps(told, length_ms)
    figures = {}
    for name in NUMBERS:
        spreads = [None if line is None else line.number(name) for line in lines]
        if any(spread is not None for spread in spreads):
            least, mean, most = zip(*((None, None, None) if each is None else each for each in spreads), strict=True)
            figures[name] = Figure(mean, least, most)
    return Chart(grain, times_ms, figures)


def _with_gaps(found: Sequence[tuple[int, Any]], longest_ms: int) -> tuple[list[int], list[Any]]:
    """Insert gaps, so that no line is drawn through a time without telemetry."""
    times_ms: list[int] = []
    lines: list[Any] = []
    for at_ms, line in found:
        if times_ms and at_ms - times_ms[-1] > longest_ms:
            times_ms.append(times_ms[-1] + longest_ms)
            lines.append(None)
        times_ms.append(at_ms)
        lines.append(line)
    return times_ms, lines


def latest(session: Session, device_ids: Collection[DeviceId] | None = None) -> dict[DeviceId, TelemetrySnapshot]:
    """Return the latest telemetry of those of these devices (None: all) that ever sent any."""
    row = DeviceLastRow
    query = select(row.device_id, row.heard_ms, row.body)
    if device_ids is not None:
        query = query.where(among(row.device_id, device_ids))
    return {device_id: vital_of(device_id, heard_ms, body) for device_id, heard_ms, body in session.execute(query)}


def outcomes(session: Session) -> Mapping[str, int]:
    """Count all messages ever received, by outcome."""
    rows = session.execute(select(TelemetryCountRow.outcome, TelemetryCountRow.count))
    return {str(outcome): int(count) for outcome, count in rows}


@dataclass(frozen=True, slots=True)
class House:
    """State of the installation.

    ``devices``: in service, by kind and whether connected. ``telemetry``: messages ever received, by outcome.

    ``heard`` devices sent telemetry lately, ``on_battery`` of them without mains, ``silent_line`` with a broken
    loudspeaker line. ``outbox_oldest_s`` is the age of the oldest waiting message, 0 where none waits.
    """

    devices: Mapping[tuple[DeviceKind, bool], int]
    firmware: Mapping[str, int]
    telemetry: Mapping[str, int]
    added_up_until_ms: int
    heard: int
    on_battery: int
    silent_line: int
    outbox_waiting: int
    outbox_oldest_s: float
    jobs_open: int
    orders_open: int


def house(session: Session, now: datetime) -> House:
    told = _told_since(session, int((now - HEARD_WITHIN).timestamp() * 1000))
    waiting = session.scalar(select(func.count()).where(OutboxRow.sent_at.is_(None)))
    oldest_at = session.scalar(select(func.min(OutboxRow.created_at)).where(OutboxRow.sent_at.is_(None)))
    jobs = select(func.count()).where(JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]))
    orders = select(func.count()).where(OrderRow.ended_at.is_(None))
    return House(
        devices=_devices(session),
        firmware=dict(firmware_spread(session)),
        telemetry=outcomes(session),
        added_up_until_ms=added_up_until_ms(session),
        heard=len(told),
        on_battery=sum(mains is False for mains, _spk in told),
        silent_line=sum(spk not in ("", "ok") for _mains, spk in told),
        outbox_waiting=waiting or 0,
        outbox_oldest_s=0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds()),
        jobs_open=session.scalar(jobs) or 0,
        orders_open=session.scalar(orders) or 0,
    )


def _told_since(session: Session, since_ms: int) -> Sequence[tuple[bool | None, str]]:
    """Return mains and loudspeaker line of each device's newest record: two values of forty, for thousands."""
    bodies = session.scalars(select(DeviceLastRow.body).where(DeviceLastRow.heard_ms >= since_ms))
    return [(values[_MAINS], values[_SPK]) for values in map(unpack, bodies)]


def _devices(session: Session) -> Mapping[tuple[DeviceKind, bool], int]:
    is_online = func.coalesce(DeviceStatusRow.online, False)
    rows = session.execute(
        select(DeviceRow.kind, is_online, func.count())
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
        .where(obeys())
        .group_by(DeviceRow.kind, is_online)
    )
    return {(kind, bool(online)): count for kind, online, count in rows}
