"""Spoken text: the dictionary, and the readings used in bulletins and alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "words",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("saying", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_words_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_words")),
        sa.UniqueConstraint("area_id", "key", name=op.f("uq_words_area_id_key")),
    )
    # Stored texts were spoken as written: no changes, so their sound still matches.
    for table, names in (("bulletins", ("sayings", "changes")), ("alerts", ("sayings",))):
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("alerts", "sayings")
    op.drop_column("bulletins", "changes")
    op.drop_column("bulletins", "sayings")
    op.drop_table("words")
