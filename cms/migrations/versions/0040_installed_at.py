"""Time since which a device runs its firmware."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("device_firmware") as table:
        table.add_column(sa.Column("installed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("device_firmware") as table:
        table.drop_column("installed_at")
