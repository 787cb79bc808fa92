"""Mark of devices whose certificates are revoked, so that nothing counts them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("revoked", sa.Boolean(), nullable=False, server_default=sa.false()))
    devices = sa.table("devices", sa.column("id", sa.String()), sa.column("revoked", sa.Boolean()))
    lives = sa.table("device_lives", sa.column("device_id", sa.String()), sa.column("state", sa.String()))
    status = sa.table("device_status", sa.column("device_id", sa.String()), sa.column("online", sa.Boolean()))
    revoked = sa.select(lives.c.device_id).where(lives.c.state == "revoked", lives.c.device_id.is_not(None))
    op.execute(devices.update().where(devices.c.id.in_(revoked)).values(revoked=sa.true()))
    op.execute(status.update().where(status.c.device_id.in_(revoked)).values(online=sa.false()))


def downgrade() -> None:
    op.drop_column("devices", "revoked")
