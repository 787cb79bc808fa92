"""Quarantine that may let alerts pass; quarantines set before mute everything, as they were meant to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("alerts_pass", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("devices", "alerts_pass")
