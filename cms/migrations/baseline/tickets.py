"""Tickets, their entries and faults."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=40), nullable=False),
        sa.Column("opened_by_name", sa.String(length=200), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("fault_kind", sa.String(length=32), nullable=True),
        sa.Column("fault_id", sa.String(length=40), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("feedback_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("held_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_tickets_area_id_areas")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_tickets_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_device_id"), "tickets", ["device_id"], unique=False)
    op.create_index("ix_tickets_fault_id", "tickets", ["fault_id"], unique=False)
    op.create_index("ix_tickets_feedback_id", "tickets", ["feedback_id"], unique=False)
    op.create_index("ix_tickets_incident_id", "tickets", ["incident_id"], unique=False)
    op.create_index("ix_tickets_state_opened_at", "tickets", ["state", "opened_at"], unique=False)
    op.create_index(
        "uq_tickets_living",
        "tickets",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'taken', 'waiting')"),
        postgresql_where=sa.text("state IN ('open', 'taken', 'waiting')"),
    )
    op.create_table(
        "ticket_entries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ticket_id", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("photo_sha256", sa.String(length=64), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=True),
        sa.Column("is_good", sa.Boolean(), nullable=True),
        sa.Column("feedback_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_entries_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_entries")),
    )
    op.create_index(op.f("ix_ticket_entries_feedback_id"), "ticket_entries", ["feedback_id"], unique=False)
    op.create_index("ix_ticket_entries_ticket_id_at", "ticket_entries", ["ticket_id", "at"], unique=False)
    op.create_table(
        "ticket_faults",
        sa.Column("ticket_id", sa.String(length=40), nullable=False),
        sa.Column("fault_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_faults_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", "fault_id", name=op.f("pk_ticket_faults")),
    )
    op.create_index("ix_ticket_faults_fault_id", "ticket_faults", ["fault_id"], unique=False)
