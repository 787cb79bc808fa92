"""Approval: what reviewers were shown, remarks at places in the text, delegated slots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
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
    op.create_table(
        "slots",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("holder_id", sa.String(length=40), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.String(length=40), nullable=False),
        sa.Column("granted_by_name", sa.String(length=200), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_slots_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
    )
    op.create_index(op.f("ix_slots_area_id"), "slots", ["area_id"])
    op.create_index(op.f("ix_slots_holder_id"), "slots", ["holder_id"])
    for name in ("notes", "editors"):
        op.add_column("bulletins", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_table("slots")
    op.drop_column("bulletins", "editors")
    op.drop_column("bulletins", "notes")
    op.drop_table("bulletin_looks")
