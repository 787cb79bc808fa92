"""Latest report of each device on a round of an alert; for old alerts, the state they reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_OF_A_ROUND = {"sounding": 4, "cut": 5, "cancelled": 6, "done": 7}


def upgrade() -> None:
    op.add_column("reaches", sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reaches", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reaches", sa.Column("latest", sa.String(length=32), nullable=True))
    op.add_column("reaches", sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reaches", sa.Column("latest_rank", sa.Integer(), nullable=False, server_default="-1"))
    op.add_column("as_runs", sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
    reaches = sa.table("reaches", *(sa.column(name) for name in ("state", "latest", "latest_at", "latest_rank")))
    told_at: sa.ColumnElement[object] = sa.func.coalesce(
        sa.column("ended_at"), sa.column("started_at"), sa.column("changed_at")
    )
    for state, rank in _OF_A_ROUND.items():
        latest = {"latest": state, "latest_at": told_at, "latest_rank": rank}
        op.execute(reaches.update().where(reaches.c.state == state).values(latest))


def downgrade() -> None:
    op.drop_column("as_runs", "round")
    for name in ("latest_rank", "latest_at", "latest", "turn", "round"):
        op.drop_column("reaches", name)
