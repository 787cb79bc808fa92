"""Tables of faults, incidents, people on call, and telemetry."""

from datetime import datetime, time

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cms.areas.tables import AREA_ID
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from cms.platform.store.tables import SERIAL
from devices.health.faults import Ending, FaultState
from devices.health.incidents import Cause, IncidentScope
from devices.health.kinds import FaultKind
from devices.health.notices import IncidentStage
from devices.model import DeviceId
from province.areas import AreaId

KEY = String(200)


class FaultRow(Base):
    """Fault, from its first symptom to its end. An index allows one of a kind on a device that is not closed."""

    __tablename__ = "faults"
    __table_args__ = (
        Index(
            "uq_faults_living",
            "device_id",
            "kind",
            unique=True,
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
        Index("ix_faults_state_closed_at", "state", "closed_at"),
        Index("ix_faults_incident_id", "incident_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"))
    kind: Mapped[FaultKind] = mapped_column(EnumColumn(FaultKind))
    state: Mapped[FaultState] = mapped_column(EnumColumn(FaultState))
    since_at: Mapped[datetime] = mapped_column(Utc)
    opened_at: Mapped[datetime | None] = mapped_column(Utc)
    clear_at: Mapped[datetime | None] = mapped_column(Utc)
    unknown_at: Mapped[datetime | None] = mapped_column(Utc)
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    ending: Mapped[Ending | None] = mapped_column(EnumColumn(Ending))
    relapses: Mapped[int]
    detail: Mapped[str] = mapped_column(String(80))
    incident_id: Mapped[str] = mapped_column(ID)


class IncidentRow(Base):
    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_over_at", "over_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    scope: Mapped[IncidentScope] = mapped_column(EnumColumn(IncidentScope))
    keys: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    cause: Mapped[Cause] = mapped_column(EnumColumn(Cause))
    began_at: Mapped[datetime] = mapped_column(Utc)
    opened_at: Mapped[datetime] = mapped_column(Utc)
    joined_at: Mapped[datetime] = mapped_column(Utc)
    members: Mapped[int]
    affected: Mapped[int]
    reported_power: Mapped[int]
    over_at: Mapped[datetime | None] = mapped_column(Utc)
    merged_into: Mapped[str] = mapped_column(ID)


class AcknowledgementRow(Base):
    """Acknowledgement of a fault or an incident by a person.

    A table of its own: the scheduler writes faults and incidents, people write this.
    """

    __tablename__ = "acknowledgements"

    subject_id: Mapped[str] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)


class DeviceSupplyRow(Base):
    """Supply of a box: the feeder of the grid, and the data volume its SIM card is paid for, MB a day."""

    __tablename__ = "device_supplies"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), primary_key=True)
    feeder: Mapped[str] = mapped_column(KEY)
    data_mb_day: Mapped[float | None]


class SoundReferenceRow(Base):
    """Test tone as the box measured it when it was commissioned: proof of sound is compared with it."""

    __tablename__ = "sound_references"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), primary_key=True)
    amp_ma: Mapped[int | None]
    mic_db: Mapped[float | None]
    measured_at: Mapped[datetime] = mapped_column(Utc)


class DutyRow(Base):
    """Duty: times at which a person is on call for an area and all below it."""

    __tablename__ = "duties"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(500))
    line: Mapped[int]
    weekdays: Mapped[tuple[int, ...]] = mapped_column(Frozen(tuple[int, ...]))
    starts: Mapped[time]
    ends: Mapped[time]


class NoticeRow(Base):
    """Notice to one address: of an incident's stage, once for each, or of single faults (``subject_id`` empty)."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "uq_notices_stage",
            "subject_id",
            "stage",
            "address",
            unique=True,
            sqlite_where=text("subject_id != ''"),
            postgresql_where=text("subject_id != ''"),
        ),
        Index("ix_notices_address_written_at", "address", "written_at"),
        Index(
            "ix_notices_unsent",
            "due_at",
            sqlite_where=text("sent_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND dead_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    address: Mapped[str] = mapped_column(String(500))
    subject_id: Mapped[str] = mapped_column(ID)
    stage: Mapped[IncidentStage] = mapped_column(EnumColumn(IncidentStage))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Utc)
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(Utc)
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    dead_at: Mapped[datetime | None] = mapped_column(Utc)
    error: Mapped[str] = mapped_column(Text)


class NoticeFaultRow(Base):
    """Fault of one device that an address was notified of: no address is notified of it twice."""

    __tablename__ = "notice_faults"

    fault_id: Mapped[str] = mapped_column(ID, primary_key=True)
    address: Mapped[str] = mapped_column(String(500), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ID, ForeignKey("notices.id"))


class BrokerLineRow(Base):
    """Gateway's own connection to the broker; one row."""

    __tablename__ = "broker_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    lost_at: Mapped[datetime | None] = mapped_column(Utc)
    back_at: Mapped[datetime | None] = mapped_column(Utc)


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
