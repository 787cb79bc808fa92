"""Streams that stations offer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offers", sa.Column("relay", sa.Text(), nullable=True))
    op.add_column("offers", sa.Column("relay_source_id", sa.String(length=40), nullable=True))
    op.create_index("ix_offers_relay_source_id", "offers", ["relay_source_id"])


def downgrade() -> None:
    op.drop_index("ix_offers_relay_source_id", "offers")
    op.drop_column("offers", "relay_source_id")
    op.drop_column("offers", "relay")
