"""Lifted stops: a stop may name an earlier one whose silence it ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stops") as table:
        table.add_column(sa.Column("lifts", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("stops") as table:
        table.drop_column("lifts")
