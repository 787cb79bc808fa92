"""Telemetry: newest record of each device, records of the last days, hourly roll-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_DEVICE = sa.String(length=40)


def upgrade() -> None:
    op.create_table(
        "device_last",
        sa.Column("device_id", _DEVICE, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("heard_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_last")),
    )
    op.create_table(
        "device_raw",
        sa.Column("device_id", _DEVICE, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "at_ms", name=op.f("pk_device_raw")),
        sqlite_with_rowid=False,
        postgresql_partition_by="RANGE (at_ms)",
    )
    op.create_table(
        "device_hourly",
        sa.Column("device_id", _DEVICE, nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("heard_ms", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "hour_ms", name=op.f("pk_device_hourly")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "telemetry_marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("device_id", _DEVICE, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_telemetry_marks")),
    )
    op.create_table(
        "telemetry_counts",
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", name=op.f("pk_telemetry_counts")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Partitions of days are made and dropped at run time: in a schema of their own no migration compares them.
        op.execute("CREATE SCHEMA IF NOT EXISTS loa_days")
        op.execute("CREATE TABLE loa_days.device_raw_other PARTITION OF device_raw DEFAULT")


def downgrade() -> None:
    for name in ("telemetry_counts", "telemetry_marks", "device_hourly", "device_raw", "device_last"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA loa_days")
