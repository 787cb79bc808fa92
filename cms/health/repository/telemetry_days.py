"""Housekeeping of telemetry: hourly roll-ups, deletion of old records, PostgreSQL's daily partitions.

Each step is a short transaction that does not disturb SQLite's other writers. Killed at any moment it resumes where it
was: an hour rolled up twice gives the same hour, and nothing is deleted before it was rolled up.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cms.health.repository.telemetry import ToldHour, pack_hour, unpack, write_hours
from cms.health.tables import DeviceHourlyRow, DeviceLastRow, DeviceRawRow, TelemetryMarkRow
from cms.platform.store.engine import reading
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import change
from devices.hourly_rollup import HOUR_MS, hour_of
from devices.model import DeviceId
from devices.telemetry import OLD_MS

log = logging.getLogger(__name__)

A_PIECE: Final = 100
"""Devices of which an hour is rolled up in one transaction."""
A_SWEEP: Final = 25
"""Devices whose old records are deleted in one transaction: after a day's standstill 7,000 records."""
SETTLED_MS: Final = OLD_MS + 600_000
"""After this long no record of an hour is accepted any more."""
DAY_MS: Final = 86_400_000
AHEAD_DAYS: Final = 2
LOCK_MS: Final = 200
"""Longest wait of a partition change for readers; the gateway's intake waits for it as long."""
_BEGUN: Final = ""
_LOCK_NOT_AVAILABLE: Final = "55P03"
_HOURLY, _RAW_GONE, _HOURLY_GONE = "hourly", "raw gone", "hourly gone"


def add_up(engine: Engine, now_ms: int) -> int:
    """Roll up the next piece of the first ended hour that is not done; returns the device count. 0: all done."""
    with reading(engine) as session:
        hour_ms, after = _mark(session, _HOURLY) or (_first_hour(session, now_ms), _BEGUN)
        if hour_ms + HOUR_MS + SETTLED_MS > now_ms:
            return 0
        ids = _ids_after(session, after, A_PIECE)
        hours = _hours(session, ids, hour_ms)
    with Session(engine) as session:
        write_hours(session.connection(), hours)
        _advance(session, _HOURLY, hour_ms, ids, is_over=len(ids) < A_PIECE)
        session.commit()
    return max(1, len(ids))


def let_go(engine: Engine, *, raw_before_ms: int, hourly_before_ms: int) -> int:
    """Delete the next piece of older records that were rolled up; returns the devices looked at. 0: done.

    A round over all devices is made once for each hour by which the limits move.
    """
    with reading(engine) as session:
        raw_before_ms = min(raw_before_ms, added_up_until_ms(session))
    # PostgreSQL drops whole days.
    done = _sweep(engine, _RAW_GONE, raw_before_ms) if engine.dialect.name == "sqlite" else 0
    return done or _sweep(engine, _HOURLY_GONE, hourly_before_ms)


def ready_days(engine: Engine, now: datetime, raw_before_ms: int) -> None:
    """On PostgreSQL, make a partition for each day to come, and drop past ones that were rolled up.

    A change that readers of the records block, a back-up perhaps, is left to the next time: it is not urgent, and
    writers would have to wait as well.
    """
    if engine.dialect.name != "postgresql":
        return
    with reading(engine) as session:
        raw_before_ms = min(raw_before_ms, added_up_until_ms(session))
        held = _partitions(session.connection())
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in range(-1, AHEAD_DAYS + 1):
        day = midnight + timedelta(days=ahead)
        if f"device_raw_{day:%Y%m%d}" not in held:
            _partitioned(engine, partial(_make_day, day=day))
    for name in held:
        day_ms = int(datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).timestamp() * 1000)
        if day_ms + DAY_MS <= raw_before_ms:
            _partitioned(engine, partial(_drop_day, name=name))
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM loa_days.device_raw_other WHERE at_ms < :before"), {"before": raw_before_ms}
        )


def _partitioned(engine: Engine, step: Callable[[Connection], object]) -> None:
    """Make one change of partitions: all writers of records queue behind it while it waits for readers."""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_MS}")
            step(connection)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        log.info("telemetry records are being read: the change of partitions is postponed")


def _drop_day(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"DROP TABLE loa_days.{name}")


def _make_day(connection: Connection, day: datetime) -> None:
    """Make a day's partition, unless the default partition holds records of that day: there they stay until deleted."""
    name, first_ms = f"device_raw_{day:%Y%m%d}", int(day.timestamp() * 1000)
    row = DeviceRawRow
    strays = select(func.count()).where(row.at_ms >= first_ms, row.at_ms < first_ms + DAY_MS)
    if connection.scalar(strays):
        return
    bounds = f"FROM ({first_ms}) TO ({first_ms + DAY_MS})"
    connection.exec_driver_sql(f"CREATE TABLE loa_days.{name} PARTITION OF device_raw FOR VALUES {bounds}")
    connection.exec_driver_sql(f"CREATE INDEX ON loa_days.{name} USING brin (at_ms)")


def _partitions(connection: Connection) -> list[str]:
    found = connection.exec_driver_sql(
        r"SELECT tablename FROM pg_tables WHERE schemaname = 'loa_days' AND tablename ~ '^device_raw_\d{8}$'"
    )
    return [str(name) for (name,) in found]


def _sweep(engine: Engine, name: str, before_ms: int) -> int:
    before_ms -= before_ms % HOUR_MS
    with reading(engine) as session:
        done_ms, after = _mark(session, name) or (0, _BEGUN)
        if done_ms >= before_ms:
            return 0
        ids = _ids_after(session, after, A_SWEEP)
    with Session(engine) as session:
        where = (
            (DeviceRawRow.device_id.in_(ids), DeviceRawRow.at_ms < before_ms)
            if name == _RAW_GONE
            else (DeviceHourlyRow.device_id.in_(ids), DeviceHourlyRow.hour_ms < before_ms)
        )
        if ids:
            change(session, delete(DeviceRawRow if name == _RAW_GONE else DeviceHourlyRow).where(*where))
        _advance(session, name, before_ms - HOUR_MS, ids, is_over=len(ids) < A_SWEEP)
        session.commit()
    return max(1, len(ids))


def _first_hour(session: Session, now_ms: int) -> int:
    """Return the hour at which roll-ups begin the first time: that of the oldest record."""
    oldest_ms = session.scalar(select(func.min(DeviceRawRow.at_ms)))
    first_ms = now_ms if oldest_ms is None else oldest_ms
    return first_ms - first_ms % HOUR_MS


def _mark(session: Session, name: str) -> tuple[int, str] | None:
    row = TelemetryMarkRow
    found = session.execute(select(row.hour_ms, row.device_id).where(row.name == name)).first()
    return None if found is None else (found[0], found[1])


def _advance(session: Session, name: str, hour_ms: int, ids: Sequence[DeviceId], *, is_over: bool) -> None:
    """Record that a piece is done; after the last one the next hour begins."""
    there = {"hour_ms": hour_ms + HOUR_MS if is_over else hour_ms, "device_id": _BEGUN if is_over else ids[-1]}
    put_rows(session, TelemetryMarkRow, [{"name": name, **there}])


def _ids_after(session: Session, after: str, limit: int) -> Sequence[DeviceId]:
    """List the next devices that ever sent telemetry."""
    row = DeviceLastRow
    return session.scalars(
        select(row.device_id).where(row.device_id > after).order_by(row.device_id).limit(limit)
    ).all()


def _hours(session: Session, ids: Sequence[DeviceId], hour_ms: int) -> list[ToldHour]:
    row = DeviceRawRow
    told = session.execute(
        select(row.device_id, row.body)
        .where(row.device_id.in_(ids), row.at_ms >= hour_ms, row.at_ms < hour_ms + HOUR_MS)
        .order_by(row.device_id, row.at_ms)
    )
    hours = []
    for device_id, bodies in groupby(told, itemgetter(0)):
        hour = hour_of([unpack(body) for _, body in bodies], hour_ms)
        hours.append(ToldHour(device_id, hour_ms, hour.heard_ms, pack_hour(hour)))
    return hours


def added_up_until_ms(session: Session) -> int:
    """Return the instant up to which all hours are rolled up, ms UTC; 0: none is."""
    mark = _mark(session, _HOURLY)
    return 0 if mark is None else mark[0]
