"""Writing what devices told, thousands at a time: past the ORM, in one transaction, in one statement a table.

SQLite takes row after row in one prepared statement; PostgreSQL a list for each column in one message. SQLAlchemy's own
way to many rows costs more than the database does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from devices.model import DeviceId


class Told(NamedTuple):
    """One Telemetry, packed. ``at_ms``: measured; ``heard_ms``: heard."""

    device_id: DeviceId
    at_ms: int
    heard_ms: int
    body: bytes


class ToldHour(NamedTuple):
    """One hour of a device, packed. ``hour_ms`` is its beginning; ``heard_ms`` how much of it was covered."""

    device_id: DeviceId
    hour_ms: int
    heard_ms: int
    body: bytes


class _Insert(NamedTuple):
    """The same statement for each database, rows being tuples of its columns."""

    sqlite: str
    postgresql: str
    otherwise: str

    def run(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"{self.sqlite} {self.otherwise}", list(rows))
        else:
            columns = tuple(list(column) for column in zip(*rows, strict=True))
            connection.exec_driver_sql(f"{self.postgresql} {self.otherwise}", columns)


_RAW: Final = _Insert(
    "INSERT INTO device_raw (device_id, at_ms, body) VALUES (?, ?, ?)",
    "INSERT INTO device_raw (device_id, at_ms, body) SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bytea[])",
    "ON CONFLICT DO NOTHING",
)
_LAST: Final = _Insert(
    "INSERT INTO device_last (device_id, at_ms, heard_ms, body) VALUES (?, ?, ?, ?)",
    "INSERT INTO device_last (device_id, at_ms, heard_ms, body)"
    " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bytea[])",
    "ON CONFLICT (device_id) DO UPDATE SET at_ms = excluded.at_ms, heard_ms = excluded.heard_ms, body = excluded.body",
)
_HOURS: Final = _Insert(
    "INSERT INTO device_hourly (device_id, hour_ms, heard_ms, body) VALUES (?, ?, ?, ?)",
    "INSERT INTO device_hourly (device_id, hour_ms, heard_ms, body)"
    " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::bytea[])",
    "ON CONFLICT (device_id, hour_ms) DO UPDATE SET heard_ms = excluded.heard_ms, body = excluded.body",
)
_COUNTS: Final = _Insert(
    "INSERT INTO telemetry_counts (outcome, count, last_ms) VALUES (?, ?, ?)",
    "INSERT INTO telemetry_counts (outcome, count, last_ms)"
    " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])",
    "ON CONFLICT (outcome) DO UPDATE SET count = telemetry_counts.count + excluded.count, last_ms = excluded.last_ms",
)


def write(connection: Connection, told: Sequence[Told], counts: Mapping[str, int], now_ms: int) -> None:
    """Keep these, in the order they came; the last of a device is its newest. Kept twice is kept once."""
    _RAW.run(connection, sorted((each.device_id, each.at_ms, each.body) for each in told))
    _LAST.run(connection, sorted({each.device_id: each for each in told}.values()))
    _COUNTS.run(connection, [(outcome, count, now_ms) for outcome, count in sorted(counts.items()) if count])


def write_hours(connection: Connection, hours: Sequence[ToldHour]) -> None:
    """Keep these; what was there of the same hour gives way."""
    _HOURS.run(connection, hours)
