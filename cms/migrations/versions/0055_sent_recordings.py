"""Count of recordings that people send in; those that nothing uses are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_recordings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_recordings")),
    )
    op.create_index("ix_sent_recordings_owner_id_at", "sent_recordings", ["owner_id", "at"])
    op.create_index("ix_sent_recordings_is_waiting_at", "sent_recordings", ["is_waiting", "at"])


def downgrade() -> None:
    op.drop_table("sent_recordings")
