"""Live addresses that are recorded first, listened to, and released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("live_sessions", sa.Column("sound", sa.Text(), nullable=True))
    op.add_column(
        "live_sessions", sa.Column("released_by_name", sa.String(length=200), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("live_sessions", "released_by_name")
    op.drop_column("live_sessions", "sound")
