"""Telemetry: newest record of each device, records of the last days, hourly roll-ups.

``body`` is packed by ``cms.health.repository.telemetry``: fifty columns would cost three times as much to write,
and no query looks into more than a few thousand rows, unpacked in milliseconds. Instants are ms UTC, as on the wire.
"""

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.fleet.tables.devices import DEVICE_ID
from cms.platform.store.columns import Base, Frozen
from cms.platform.store.tables import SERIAL
from devices.model import DeviceId


class DeviceLastRow(Base):
    """Newest telemetry, one row a device. ``heard_ms`` is when the server received it."""

    __tablename__ = "telemetry_snapshots"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    heard_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DeviceRawRow(Base):
    """Telemetry of the last days: in SQLite in ranges by device and time, in PostgreSQL in a partition a day."""

    __tablename__ = "device_raw"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (at_ms)"},)

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DeviceHourlyRow(Base):
    """Hourly roll-up of a device. ``hour_ms`` is the hour's beginning; ``heard_ms`` how much telemetry covers of it."""

    __tablename__ = "device_hourly"
    __table_args__ = ({"sqlite_with_rowid": False},)

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    hour_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    heard_ms: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class TelemetryBatchRow(Base):
    """Devices whose telemetry was stored in one transaction; the latest ones are kept. ``no`` rises in commit order."""

    __tablename__ = "telemetry_batches"

    no: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=False)
    device_ids: Mapped[list[DeviceId]] = mapped_column(Frozen(list[DeviceId]))


class TelemetryMarkRow(Base):
    """Progress of housekeeping: before ``hour_ms`` all is done, and of that hour up to ``device_id``."""

    __tablename__ = "telemetry_marks"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    hour_ms: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID)


class TelemetryCountRow(Base):
    """Count of telemetry messages by ``outcome``: ``stored``, or the reason of the refusal."""

    __tablename__ = "telemetry_counts"

    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)
