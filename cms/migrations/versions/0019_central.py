"""Hand-down of bulletins to communes, and the link to the central source system."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bulletins") as table:
        table.add_column(sa.Column("is_handed_down", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("source_id", sa.String(length=40), nullable=True))
        table.create_index(op.f("ix_bulletins_source_id"), ["source_id"])
    op.create_table(
        "handed_down",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_name", sa.String(length=200), nullable=False),
        sa.Column("placed_id", sa.String(length=40), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.Column("answered_by_name", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_handed_down_area_id_areas")),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletins.id"], name=op.f("fk_handed_down_bulletin_id_bulletins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handed_down")),
        sa.UniqueConstraint("bulletin_id", "area_id", name=op.f("uq_handed_down_bulletin_id_area_id")),
    )
    op.create_index("ix_handed_down_area_id_state_sent_at", "handed_down", ["area_id", "state", "sent_at"])
    op.create_index("ix_handed_down_state_answer_by_at", "handed_down", ["state", "answer_by_at"])
    op.create_index(op.f("ix_handed_down_placed_id"), "handed_down", ["placed_id"])
    op.create_table(
        "inbox_rules",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_inbox_rules_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_inbox_rules")),
    )
    op.create_table(
        "central_bulletins",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("central_id", sa.String(length=100), nullable=False),
        sa.Column("central_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_heard", sa.Integer(), nullable=False),
        sa.Column("told_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_bulletins")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_central_bulletins_key_hash")),
    )
    op.create_index(
        "ix_central_bulletins_central_id_central_version", "central_bulletins", ["central_id", "central_version"]
    )
    op.create_index(op.f("ix_central_bulletins_bulletin_id"), "central_bulletins", ["bulletin_id"])
    op.create_index(op.f("ix_central_bulletins_received_at"), "central_bulletins", ["received_at"])
    op.create_table(
        "central_link",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("played_until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("devices_hash", sa.String(length=64), nullable=False),
        sa.Column("figures_on", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_link")),
    )
    op.create_table(
        "central_reports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_reports")),
    )
    op.create_index(
        "ix_central_reports_open",
        "central_reports",
        ["made_at"],
        sqlite_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index("ix_central_reports_sent_at", "central_reports", ["sent_at"])


def downgrade() -> None:
    op.drop_table("central_reports")
    op.drop_table("central_link")
    op.drop_table("central_bulletins")
    op.drop_table("inbox_rules")
    op.drop_table("handed_down")
    with op.batch_alter_table("bulletins") as table:
        table.drop_index(op.f("ix_bulletins_source_id"))
        table.drop_column("source_id")
        table.drop_column("is_handed_down")
