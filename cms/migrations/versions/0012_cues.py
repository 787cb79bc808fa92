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
    op.add_column("transmissions", sa.Column("frames", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "chimes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("original_name", sa.String(length=300), nullable=False),
        sa.Column("candidate_sha256", sa.String(length=64), nullable=False),
        sa.Column("candidate_name", sa.String(length=300), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("refusal", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_chimes_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chimes")),
        sa.UniqueConstraint("area_id", "place", name=op.f("uq_chimes_area_id_place")),
    )


def downgrade() -> None:
    op.drop_table("chimes")
    op.drop_column("transmissions", "frames")
    op.drop_column("bulletins", "cues")
