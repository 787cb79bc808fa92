"""Telemetry and its partitions; faults, incidents, notices and heartbeats."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "device_hourly",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("heard_ms", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "hour_ms", name=op.f("pk_device_hourly")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "telemetry_snapshots",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("heard_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_telemetry_snapshots")),
    )
    op.create_table(
        "device_raw",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "at_ms", name=op.f("pk_device_raw")),
        postgresql_partition_by="RANGE (at_ms)",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "telemetry_batches",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("device_ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_telemetry_batches")),
    )
    op.create_table(
        "telemetry_counts",
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", name=op.f("pk_telemetry_counts")),
    )
    op.create_table(
        "telemetry_marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_telemetry_marks")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_acknowledgements")),
    )
    op.create_table(
        "broker_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_line")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("reported_power", sa.Integer(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index("ix_incidents_over_at", "incidents", ["over_at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_address_written_at", "notices", ["address", "written_at"], unique=False)
    op.create_index(
        "ix_notices_unsent",
        "notices",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "uq_notices_stage",
        "notices",
        ["subject_id", "stage", "address"],
        unique=True,
        sqlite_where=sa.text("subject_id != ''"),
        postgresql_where=sa.text("subject_id != ''"),
    )
    op.create_table(
        "process_heartbeats",
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("program", name=op.f("pk_process_heartbeats")),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_duties_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_table(
        "notice_faults",
        sa.Column("fault_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("notice_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_faults_notice_id_notices")),
        sa.PrimaryKeyConstraint("fault_id", "address", name=op.f("pk_notice_faults")),
    )
    op.create_table(
        "device_supplies",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("feeder", sa.String(length=200), nullable=False),
        sa.Column("data_mb_day", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_supplies_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_supplies")),
    )
    op.create_table(
        "faults",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clear_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=32), nullable=True),
        sa.Column("relapses", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_faults_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faults")),
    )
    op.create_index("ix_faults_incident_id", "faults", ["incident_id"], unique=False)
    op.create_index("ix_faults_state_closed_at", "faults", ["state", "closed_at"], unique=False)
    op.create_index(
        "uq_faults_living",
        "faults",
        ["device_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )
    op.create_table(
        "sound_references",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("amp_ma", sa.Integer(), nullable=True),
        sa.Column("mic_db", sa.Double(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_sound_references_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_sound_references")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Partitions of days are made and dropped at run time: in a schema of their own no migration compares them.
        op.execute("CREATE SCHEMA IF NOT EXISTS loa_days")
        op.execute("CREATE TABLE loa_days.device_raw_other PARTITION OF device_raw DEFAULT")
