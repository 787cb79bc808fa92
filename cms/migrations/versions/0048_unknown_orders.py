"""Unknown orders: orders that devices hold and this database does not know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unknown_orders",
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_unknown_orders_device_id_devices")),
        sa.PrimaryKeyConstraint("order_id", "device_id", name=op.f("pk_unknown_orders")),
    )
    op.create_index(op.f("ix_unknown_orders_expires_at"), "unknown_orders", ["expires_at"])


def downgrade() -> None:
    op.drop_table("unknown_orders")
