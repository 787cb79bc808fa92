"""Changes of an approved bulletin's times, until a second person has answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bulletins", sa.Column("proposal", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("bulletins", "proposal")
