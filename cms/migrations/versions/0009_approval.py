"""Approval: what reviewers were shown, and remarks at places in the text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulletin_looks",
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_bulletin_looks_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "user_id", "version", name=op.f("pk_bulletin_looks")),
    )
    for name in ("notes", "editors"):
        op.add_column("bulletins", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("bulletins", "editors")
    op.drop_column("bulletins", "notes")
    op.drop_table("bulletin_looks")
