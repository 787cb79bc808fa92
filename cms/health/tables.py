"""Tables of faults, incidents, people on call, and telemetry."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.platform.store.columns import ID, Base, partial_index
from cms.platform.store.tables import SERIAL
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import FaultKind
from devices.health.notices import Duty, IncidentStage
from devices.health.sound_proof import SoundReference
from devices.model import DeviceId
from province.areas import AreaId

KEY = String(200)


class FaultRow(Base, table="faults", value=Fault):
    """Fault, from its first symptom to its end. An index allows one of a kind on a device that is not closed."""

    __table_args__ = (
        partial_index("uq_faults_living", "device_id", "kind", where="state != 'closed'", unique=True),
        Index("ix_faults_state_closed_at", "state", "closed_at"),
        Index("ix_faults_device_id_since_at", "device_id", "since_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[FaultKind]
    state: Mapped[FaultState]
    since_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    clear_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(String(80))
    incident_id: Mapped[str] = mapped_column(index=True)


class IncidentRow(Base, table="incidents", value=Incident):
    id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[IncidentScope]
    cause: Mapped[Cause]
    opened_at: Mapped[datetime]
    over_at: Mapped[datetime | None] = mapped_column(index=True)
    merged_into: Mapped[str] = mapped_column(ID)


class AcknowledgementRow(Base, table="acknowledgements"):
    """Acknowledgement of a fault or an incident by a person.

    A table of its own: the scheduler writes faults and incidents, people write this.
    """

    subject_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    by_name: Mapped[str]
    note: Mapped[str]


class DeviceSupplyRow(Base, table="device_supplies"):
    """Supply of a box: the feeder of the grid, and the data volume its SIM card is paid for, MB a day."""

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    feeder: Mapped[str] = mapped_column(KEY)
    data_mb_day: Mapped[float | None]


class SoundReferenceRow(Base, table="sound_references", value=SoundReference):
    """Test tone as the box measured it when it was commissioned: proof of sound is compared with it."""

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)


class DutyRow(Base, table="duties", value=Duty):
    """Duty: times at which a person is on call for an area and all below it."""

    id: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    name: Mapped[str]
    address: Mapped[str] = mapped_column(String(500))
    line: Mapped[int]


class NoticeRow(Base, table="notices"):
    """Notice to one address: of an incident's stage, once for each, or of single faults (``subject_id`` empty)."""

    __table_args__ = (
        partial_index("uq_notices_stage", "subject_id", "stage", "address", where="subject_id != ''", unique=True),
        Index("ix_notices_address_written_at", "address", "written_at"),
        partial_index("ix_notices_unsent", "due_at", where="sent_at IS NULL AND dead_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(500))
    subject_id: Mapped[str]
    stage: Mapped[IncidentStage]
    title: Mapped[str]
    text: Mapped[str]
    written_at: Mapped[datetime]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    error: Mapped[str]


class NoticeFaultRow(Base, table="notice_faults"):
    """Fault of one device that an address was notified of: no address is notified of it twice."""

    fault_id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(500), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))


class BrokerLineRow(Base, table="broker_line"):
    """Gateway's own connection to the broker; one row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    lost_at: Mapped[datetime | None]
    back_at: Mapped[datetime | None]


class DeviceLastRow(Base, table="telemetry_snapshots"):
    """Newest telemetry, one row a device. ``heard_ms`` is when the server received it."""

    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    heard_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes]


class DeviceRawRow(Base, table="device_raw"):
    """Telemetry of the last days: in SQLite in ranges by device and time, in PostgreSQL in a partition a day."""

    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (at_ms)"},)

    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body: Mapped[bytes]


class DeviceHourlyRow(Base, table="device_hourly"):
    """Hourly roll-up of a device. ``hour_ms`` is the hour's beginning; ``heard_ms`` how much telemetry covers of it."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    hour_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    heard_ms: Mapped[int]
    body: Mapped[bytes]


class TelemetryBatchRow(Base, table="telemetry_batches"):
    """Devices whose telemetry was stored in one transaction; the latest ones are kept. ``no`` rises in commit order."""

    no: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=False)
    device_ids: Mapped[list[DeviceId]]


class TelemetryMarkRow(Base, table="telemetry_marks"):
    """Progress of housekeeping: before ``hour_ms`` all is done, and of that hour up to ``device_id``."""

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    hour_ms: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[DeviceId]


class TelemetryCountRow(Base, table="telemetry_counts"):
    """Count of telemetry messages by ``outcome``: ``stored``, or the reason of the refusal."""

    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)
