"""Telemetry and its partitions; faults, incidents, notices and heartbeats."""

import sqlalchemy as sa
from alembic import op

from cms.migrations.baseline.schema import (
    big_integers,
    binaries,
    create,
    doubles,
    index,
    indexes,
    instants,
    integers,
    strings,
    texts,
    times,
)


def create_tables() -> None:
    create(
        "device_hourly",
        strings(40, "device_id"),
        big_integers("hour_ms"),
        integers("heard_ms"),
        binaries("body"),
        key="device_id hour_ms",
        options={"sqlite_with_rowid": False},
    )
    create(
        "telemetry_snapshots",
        strings(40, "device_id"),
        big_integers("at_ms heard_ms"),
        binaries("body"),
        key="device_id",
    )
    create(
        "device_raw",
        strings(40, "device_id"),
        big_integers("at_ms"),
        binaries("body"),
        key="device_id at_ms",
        options={"postgresql_partition_by": "RANGE (at_ms)", "sqlite_with_rowid": False},
    )
    create(
        "telemetry_batches",
        [sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False)],
        texts("device_ids"),
        key="no",
    )
    create("telemetry_counts", strings(20, "outcome"), big_integers("count last_ms"), key="outcome")
    create("telemetry_marks", strings(20, "name"), big_integers("hour_ms"), strings(40, "device_id"), key="name")
    create(
        "acknowledgements",
        strings(40, "subject_id by"),
        instants("at"),
        strings(200, "by_name"),
        texts("note"),
        key="subject_id",
    )
    create("broker_line", integers("id"), instants("lost_at? back_at?"))
    create(
        "incidents",
        strings(40, "id merged_into"),
        strings(32, "scope cause"),
        texts("keys"),
        instants("began_at opened_at joined_at over_at?"),
        integers("members affected reported_power"),
    )
    indexes("incidents", "over_at")
    create(
        "notices",
        strings(40, "id subject_id"),
        strings(500, "address"),
        strings(32, "stage"),
        strings(300, "title"),
        texts("text error"),
        instants("written_at due_at sent_at? dead_at?"),
        integers("attempts"),
    )
    indexes("notices", "address written_at")
    index("ix_notices_unsent", "notices", "due_at", where="sent_at IS NULL AND dead_at IS NULL")
    index("uq_notices_stage", "notices", "subject_id stage address", is_unique=True, where="subject_id != ''")
    create("process_heartbeats", strings(40, "program"), instants("started_at beat_at"), texts("detail"), key="program")
    create(
        "duties",
        strings(40, "id area_id"),
        strings(200, "name"),
        strings(500, "address"),
        integers("line"),
        texts("weekdays"),
        times("starts ends"),
        area_id="areas.id",
    )
    create(
        "notice_faults",
        strings(40, "fault_id notice_id"),
        strings(500, "address"),
        key="fault_id address",
        notice_id="notices.id",
    )
    create(
        "device_supplies",
        strings(40, "device_id"),
        strings(200, "feeder"),
        doubles("data_mb_day?"),
        key="device_id",
        device_id="devices.id",
    )
    create(
        "faults",
        strings(40, "id device_id incident_id"),
        strings(32, "kind state ending?"),
        instants("since_at opened_at? clear_at? unknown_at? closed_at?"),
        integers("relapses"),
        strings(80, "detail"),
        device_id="devices.id",
    )
    indexes("faults", "incident_id", "state closed_at")
    index("uq_faults_living", "faults", "device_id kind", is_unique=True, where="state != 'closed'")
    create(
        "sound_references",
        strings(40, "device_id"),
        integers("amp_ma?"),
        doubles("mic_db?"),
        instants("measured_at"),
        key="device_id",
        device_id="devices.id",
    )
    if op.get_bind().dialect.name == "postgresql":
        # Partitions of days are made and dropped at run time: in a schema of their own no migration compares them.
        op.execute("CREATE SCHEMA IF NOT EXISTS loa_days")
        op.execute("CREATE TABLE loa_days.device_raw_other PARTITION OF device_raw DEFAULT")
