"""Bulletins handed down, public pages and citizens' feedback."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
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
    op.create_index(
        "ix_handed_down_area_id_state_sent_at", "handed_down", ["area_id", "state", "sent_at"], unique=False
    )
    op.create_index(op.f("ix_handed_down_placed_id"), "handed_down", ["placed_id"], unique=False)
    op.create_index("ix_handed_down_state_answer_by_at", "handed_down", ["state", "answer_by_at"], unique=False)
    op.create_table(
        "inbox_rules",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_inbox_rules_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_inbox_rules")),
    )
    op.create_table(
        "public_uses",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_uses")),
    )
    op.create_index(op.f("ix_public_uses_at"), "public_uses", ["at"], unique=False)
    op.create_index(op.f("ix_public_uses_mark"), "public_uses", ["mark"], unique=False)
    op.create_table(
        "hidden_bulletins",
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_hidden_bulletins_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", name=op.f("pk_hidden_bulletins")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=40), nullable=False),
        sa.Column("taken_by_name", sa.String(length=200), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=True),
        sa.Column("bulletin_title", sa.String(length=300), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.Column("answered_by_name", sa.String(length=200), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_by_name", sa.String(length=200), nullable=False),
        sa.Column("code_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("published_text", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=40), nullable=True),
        sa.Column("published_by_name", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_feedback_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_answered_at", "feedback", ["answered_at"], unique=False)
    op.create_index(op.f("ix_feedback_area_id"), "feedback", ["area_id"], unique=False)
    op.create_index(op.f("ix_feedback_code_hash"), "feedback", ["code_hash"], unique=False)
    op.create_index("ix_feedback_said_at_id", "feedback", ["said_at", "id"], unique=False)
