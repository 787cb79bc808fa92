"""Faults of tickets: a ticket is about all faults of its device.

Of several living tickets of one device the one that somebody has, else the oldest, becomes the device's ticket; the
others end with their faults.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_LIVING = ("open", "taken", "waiting")


def upgrade() -> None:
    op.create_table(
        "ticket_faults",
        sa.Column("ticket_id", sa.String(40), sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("fault_id", sa.String(40), primary_key=True),
    )
    op.create_index("ix_ticket_faults_fault_id", "ticket_faults", ["fault_id"])
    columns = ("id", "subject", "device_id", "fault_id", "incident_id", "state", "holder")
    tickets = sa.table("tickets", *(sa.column(name, sa.String()) for name in columns), sa.column("opened_at"))
    about = sa.table("ticket_faults", sa.column("ticket_id", sa.String()), sa.column("fault_id", sa.String()))
    named = sa.select(tickets.c.id, tickets.c.fault_id).where(tickets.c.fault_id != "")
    op.execute(about.insert().from_select(["ticket_id", "fault_id"], named))
    living = (
        sa.select(tickets.c.device_id, tickets.c.id)
        .where(tickets.c.state.in_(_LIVING), tickets.c.fault_id != "", tickets.c.incident_id == "")
        .order_by((tickets.c.holder == "").asc(), tickets.c.opened_at, tickets.c.id)
    )
    first: dict[str, str] = {}
    bind = op.get_bind()
    for device_id, ticket_id in bind.execute(living):
        first.setdefault(device_id, ticket_id)
    for device_id, ticket_id in first.items():
        bind.execute(tickets.update().where(tickets.c.id == ticket_id).values(subject=f"device:{device_id}"))


def downgrade() -> None:
    columns = ("id", "subject", "device_id", "fault_kind", "incident_id")
    tickets = sa.table("tickets", *(sa.column(name, sa.String()) for name in columns))
    one = sa.and_(tickets.c.fault_kind.is_not(None), tickets.c.device_id.is_not(None), tickets.c.incident_id == "")
    subject = sa.literal("device:").concat(tickets.c.device_id).concat(":").concat(tickets.c.fault_kind)
    op.execute(tickets.update().where(one).values(subject=subject))
    op.drop_table("ticket_faults")
