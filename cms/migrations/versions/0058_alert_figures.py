"""Figures of reports: loudspeakers that sounded an alert to the end, and its rounds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_alerts", sa.Column("finished", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("report_alerts", sa.Column("rounds", sa.Integer(), nullable=False, server_default="0"))
    alerts = sa.table("report_alerts", *(sa.column(name) for name in ("order_id", "area_id", "finished")))
    reaches = sa.table("reaches", *(sa.column(name) for name in ("order_id", "area_id", "state")))
    done = (
        sa.select(sa.func.count())
        .select_from(reaches)
        .where(reaches.c.order_id == alerts.c.order_id, reaches.c.area_id == alerts.c.area_id)
        .where(reaches.c.state == "done")
        .scalar_subquery()
    )
    op.execute(alerts.update().values(finished=done))


def downgrade() -> None:
    op.drop_column("report_alerts", "rounds")
    op.drop_column("report_alerts", "finished")
