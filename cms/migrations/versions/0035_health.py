"""Faults of devices, incidents, acknowledgements, duties, notices, and the supply of each box."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_ID = sa.String(length=40)


def upgrade() -> None:
    _faults()
    _incidents()
    _people()
    _notices()


def downgrade() -> None:
    for name in ("told_faults", "notices", "duties", "device_supplies", "acknowledgements", "incidents", "faults"):
        op.drop_table(name)


def _faults() -> None:
    op.create_table(
        "faults",
        sa.Column("id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=True),
        sa.Column("clear_at", _INSTANT, nullable=True),
        sa.Column("unknown_at", _INSTANT, nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("ending", sa.String(length=32), nullable=True),
        sa.Column("relapses", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_faults_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faults")),
    )
    living = sa.text("state != 'closed'")
    op.create_index(
        "uq_faults_living", "faults", ["device_id", "kind"], unique=True, sqlite_where=living, postgresql_where=living
    )
    op.create_index("ix_faults_state_closed_at", "faults", ["state", "closed_at"])
    op.create_index("ix_faults_incident_id", "faults", ["incident_id"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("joined_at", _INSTANT, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("told_power", sa.Integer(), nullable=False),
        sa.Column("over_at", _INSTANT, nullable=True),
        sa.Column("merged_into", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index("ix_incidents_over_at", "incidents", ["over_at"])


def _people() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_acknowledgements")),
    )
    op.create_table(
        "device_supplies",
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("feeder", sa.String(length=200), nullable=False),
        sa.Column("data_mb_day", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_supplies_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_supplies")),
    )
    op.create_table(
        "duties",
        sa.Column("id", _ID, nullable=False),
        sa.Column("area_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_duties_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=True),
        sa.Column("dead_at", _INSTANT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    staged = sa.text("subject_id != ''")
    op.create_index(
        "uq_notices_stage",
        "notices",
        ["subject_id", "stage", "address"],
        unique=True,
        sqlite_where=staged,
        postgresql_where=staged,
    )
    op.create_index("ix_notices_address_written_at", "notices", ["address", "written_at"])
    unsent = sa.text("sent_at IS NULL AND dead_at IS NULL")
    op.create_index("ix_notices_unsent", "notices", ["due_at"], sqlite_where=unsent, postgresql_where=unsent)
    op.create_table(
        "told_faults",
        sa.Column("fault_id", _ID, nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("notice_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_told_faults_notice_id_notices")),
        sa.PrimaryKeyConstraint("fault_id", "address", name=op.f("pk_told_faults")),
    )
