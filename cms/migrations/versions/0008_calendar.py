"""Changes of an approved bulletin's times, until a second person has answered; sets of dates to keep silent on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "date_sets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("dates", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_date_sets_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_sets")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_date_sets_area_id_name")),
    )
    op.add_column("bulletins", sa.Column("proposal", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("bulletins", "proposal")
    op.drop_table("date_sets")
