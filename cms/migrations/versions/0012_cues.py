"""Cues of recordings; opening and closing sounds of areas, frozen with what is approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bulletins", sa.Column("cues", sa.Text(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("bulletins", "cues")
