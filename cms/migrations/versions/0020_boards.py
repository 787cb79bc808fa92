"""Boards: a bulletin's presentation on them, and each area's board plan. Signatures of approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
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
    op.create_table(
        "approval_documents",
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_approval_documents_bulletin_id_bulletins")
        ),
        sa.ForeignKeyConstraint(
            ["transmission_id"], ["transmissions.id"], name=op.f("fk_approval_documents_transmission_id_transmissions")
        ),
        sa.PrimaryKeyConstraint("transmission_id", name=op.f("pk_approval_documents")),
    )
    op.create_index(op.f("ix_approval_documents_bulletin_id"), "approval_documents", ["bulletin_id"])
    op.create_table(
        "approval_signatures",
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("attached_by", sa.String(length=40), nullable=False),
        sa.Column("attached_by_name", sa.String(length=200), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["approval_documents.transmission_id"],
            name=op.f("fk_approval_signatures_transmission_id_approval_documents"),
        ),
        sa.PrimaryKeyConstraint("transmission_id", "sha256", name=op.f("pk_approval_signatures")),
    )


def downgrade() -> None:
    op.drop_table("approval_signatures")
    op.drop_table("approval_documents")
    op.drop_table("board_plans")
    for table in ("transmissions", "bulletins"):
        op.drop_column(table, "board")
