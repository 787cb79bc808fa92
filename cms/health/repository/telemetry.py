"""Telemetry in the store: packed records and hourly roll-ups, written in bulk, past the ORM, in one transaction.

A record is a MessagePack array, a third of the size of JSON. Its values are in the order of ``Telemetry``: new fields
of the protocol come last, and records packed earlier read as not having measured them. SQLite takes row after row in
one prepared statement; PostgreSQL a list for each column in one message. SQLAlchemy's own way to many rows costs more
than the database does.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from cms.health.tables import TelemetryBatchRow
from devices.hourly_rollup import HourlyRollup
from devices.model import DeviceId
from devices.protocol.messages import Telemetry
from devices.telemetry import TelemetrySnapshot
from province.wall_clock import instant_of

FIELDS: Final = Telemetry.__struct_fields__

_pack = msgspec.msgpack.Encoder().encode
_read_list = msgspec.msgpack.Decoder(list[Any]).decode
_read_hour = msgspec.msgpack.Decoder(HourlyRollup).decode
BATCHES_KEPT: Final = 1_000
"""Batches of three minutes, at five a second; a follower also checks every device each minute."""
# Run every two seconds: built once.
_NEWEST_BATCH = select(func.max(TelemetryBatchRow.no))
_BATCHES = (
    select(TelemetryBatchRow.no, TelemetryBatchRow.device_ids)
    .where(TelemetryBatchRow.no > bindparam("since"))
    .order_by(TelemetryBatchRow.no)
)


def pack(told: Telemetry) -> bytes:
    return _pack(msgspec.structs.astuple(told))


def unpack(body: bytes) -> list[Any]:
    """Unpack the values in the order of ``FIELDS``; an old record may have fewer."""
    return _read_list(body)


def vital_of(device_id: DeviceId, heard_ms: int, body: bytes) -> TelemetrySnapshot:
    told = dict(zip(FIELDS, unpack(body), strict=False))
    return TelemetrySnapshot(device_id=device_id, heard_at=instant_of(heard_ms), **told)


def pack_hour(hour: HourlyRollup) -> bytes:
    return _pack(hour)


def unpack_hour(body: bytes) -> HourlyRollup:
    return _read_hour(body)


class TelemetryRecord(NamedTuple):
    """Packed telemetry. ``at_ms``: measured; ``heard_ms``: received."""

    device_id: DeviceId
    at_ms: int
    heard_ms: int
    body: bytes


class ToldHour(NamedTuple):
    """Packed hourly roll-up of a device. ``hour_ms`` is its beginning; ``heard_ms`` how much telemetry covers of it."""

    device_id: DeviceId
    hour_ms: int
    heard_ms: int
    body: bytes


class _Insert(NamedTuple):
    """Statement for each database, with rows as tuples of its columns."""

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
    "INSERT INTO telemetry_snapshots (device_id, at_ms, heard_ms, body) VALUES (?, ?, ?, ?)",
    "INSERT INTO telemetry_snapshots (device_id, at_ms, heard_ms, body)"
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


def write(connection: Connection, told: Sequence[TelemetryRecord], counts: Mapping[str, int], now_ms: int) -> None:
    """Store the records in the order they came; a device's last one is its newest. Repeated records are stored once."""
    # First: other writers wait here for this commit, so that batches are numbered as they are committed.
    _COUNTS.run(connection, [(outcome, count, now_ms) for outcome, count in sorted(counts.items()) if count])
    newest = {each.device_id: each for each in told}
    note_told(connection, newest)
    _RAW.run(connection, sorted((each.device_id, each.at_ms, each.body) for each in told))
    _LAST.run(connection, sorted(newest.values()))


def note_told(connection: Connection, device_ids: Collection[DeviceId]) -> None:
    """Record the devices whose telemetry this transaction stores."""
    if not device_ids:
        return
    row = TelemetryBatchRow
    newest = select(func.coalesce(func.max(row.no), 0)).scalar_subquery()
    numbered = select(newest + 1, literal(sorted(device_ids), row.device_ids.type))
    connection.execute(insert(row).from_select([row.no, row.device_ids], numbered))
    connection.execute(delete(row).where(row.no <= newest - BATCHES_KEPT))


def newest_batch(session: Session) -> int:
    """Return the number of the last committed batch; 0: there is none."""
    return session.scalar(_NEWEST_BATCH) or 0


def told_since(session: Session, no: int) -> tuple[int, set[DeviceId]]:
    """Return the last batch, and the devices of all batches after ``no``: none is missed, however late its commit."""
    found = session.execute(_BATCHES, {"since": no}).all()
    return (found[-1][0] if found else no), {device_id for _, ids in found for device_id in ids}


def write_hours(connection: Connection, hours: Sequence[ToldHour]) -> None:
    """Store the roll-ups, replacing those of the same hours."""
    _HOURS.run(connection, hours)
