"""Batches of telemetry: the devices of each transaction, for the scheduler, which runs beside the gateway."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telemetry_batches",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("device_ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_telemetry_batches")),
    )


def downgrade() -> None:
    op.drop_table("telemetry_batches")
