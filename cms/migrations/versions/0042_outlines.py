"""Outlines of areas, for maps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_outlines",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("rings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_outlines_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area_outlines")),
    )


def downgrade() -> None:
    op.drop_table("area_outlines")
