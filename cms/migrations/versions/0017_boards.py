"""Boards: what they show of a bulletin, and each area's plan of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("bulletins", "transmissions"):
        op.add_column(table, sa.Column("board", sa.Text(), nullable=True))
    op.create_table(
        "board_plans",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("is_empty", sa.Boolean(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_board_plans_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_board_plans")),
    )


def downgrade() -> None:
    op.drop_table("board_plans")
    for table in ("transmissions", "bulletins"):
        op.drop_column(table, "board")
