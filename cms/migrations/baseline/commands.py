"""Remote commands, their batches and results; maintenance windows."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "command_batches",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("device_ids", sa.Text(), nullable=False),
        sa.Column("area_ids", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("dangers", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=True),
        sa.Column("agreed_by_name", sa.String(length=200), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_batches")),
    )
    op.create_index("ix_command_batches_state_asked_at", "command_batches", ["state", "asked_at"], unique=False)
    op.create_table(
        "remote_commands",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("boot", sa.String(length=80), nullable=False),
        sa.Column("test", sa.Text(), nullable=True),
        sa.Column("log_sha256", sa.String(length=64), nullable=False),
        sa.Column("log_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["command_batches.id"], name=op.f("fk_remote_commands_batch_id_command_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_commands")),
    )
    op.create_index("ix_remote_commands_batch_id_state", "remote_commands", ["batch_id", "state"], unique=False)
    op.create_index(
        "ix_remote_commands_device_id_queued_at", "remote_commands", ["device_id", "queued_at"], unique=False
    )
    op.create_index(
        "ix_remote_commands_open",
        "remote_commands",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sent', 'received')"),
        postgresql_where=sa.text("state IN ('queued', 'sent', 'received')"),
    )
    op.create_table(
        "self_test_hours",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=True),
        sa.Column("agreed_by_name", sa.String(length=200), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_self_test_hours_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_self_test_hours")),
    )
    op.create_table(
        "device_log_parts",
        sa.Column("command_id", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["command_id"], ["remote_commands.id"], name=op.f("fk_device_log_parts_command_id_remote_commands")
        ),
        sa.PrimaryKeyConstraint("command_id", "n", name=op.f("pk_device_log_parts")),
    )
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_maintenance_windows_area_id_areas")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_maintenance_windows_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
    )
    op.create_index("ix_maintenance_windows_until_at", "maintenance_windows", ["until_at"], unique=False)
