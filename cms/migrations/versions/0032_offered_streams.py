"""Streams that stations offer; recording of a programme; recent requests of each caller of the public pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offers", sa.Column("relay", sa.Text(), nullable=True))
    op.add_column("offers", sa.Column("relay_source_id", sa.String(length=40), nullable=True))
    op.create_index("ix_offers_relay_source_id", "offers", ["relay_source_id"])
    op.add_column("programmes", sa.Column("original_sha256", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("programmes", sa.Column("cues", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "public_uses",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_uses")),
    )
    op.create_index("ix_public_uses_mark", "public_uses", ["mark"])
    op.create_index("ix_public_uses_at", "public_uses", ["at"])


def downgrade() -> None:
    op.drop_table("public_uses")
    op.drop_column("programmes", "cues")
    op.drop_column("programmes", "original_sha256")
    op.drop_index("ix_offers_relay_source_id", "offers")
    op.drop_column("offers", "relay_source_id")
    op.drop_column("offers", "relay")
