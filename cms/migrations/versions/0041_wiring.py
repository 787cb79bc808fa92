"""The gateway's connection to the broker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "broker_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lost_at", _INSTANT, nullable=True),
        sa.Column("back_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_line")),
    )


def downgrade() -> None:
    op.drop_table("broker_line")
