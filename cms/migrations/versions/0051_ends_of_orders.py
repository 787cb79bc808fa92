"""End of an order kept beside the devices' reports of it, which it no longer overwrites.

Overwritten reports cannot be told apart from soundings that were cut short: those rows stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_REASONS = {"cancelled": "CANCELLED", "superseded": "REPLACED", "expired": "EXPIRED"}


def upgrade() -> None:
    op.add_column("orders", sa.Column("end_reason", sa.String(length=32), nullable=True))
    op.add_column("reaches", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    orders = sa.table("orders", sa.column("end_reason"), sa.column("alert_id"), sa.column("ended_at"))
    alerts = sa.table("alerts", sa.column("id"), sa.column("status"))
    for status, reason in _REASONS.items():
        ended_so = sa.select(alerts.c.id).where(alerts.c.status == status)
        is_it = (orders.c.alert_id.in_(ended_so), orders.c.ended_at.is_not(None))
        op.execute(orders.update().where(*is_it).values(end_reason=reason))
    _rank("cancelled", 6)
    _rank("done", 7)
    reaches = sa.table("reaches", sa.column("state"), sa.column("closed_at"), sa.column("changed_at"))
    op.execute(reaches.update().where(reaches.c.state == "cancelled").values(closed_at=reaches.c.changed_at))


def downgrade() -> None:
    _rank("done", 6)
    _rank("cancelled", 7)
    op.drop_column("reaches", "closed_at")
    op.drop_column("orders", "end_reason")


def _rank(state: str, rank: int) -> None:
    reaches = sa.table("reaches", sa.column("state"), sa.column("rank"))
    op.execute(reaches.update().where(reaches.c.state == state).values(rank=rank))
