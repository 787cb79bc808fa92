"""Gateway's connection to the broker, the hours of audible self-tests, and saved filters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "broker_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lost_at", _INSTANT, nullable=True),
        sa.Column("back_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker_line")),
    )

    op.create_table(
        "self_test_hours",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=True),
        sa.Column("agreed_by_name", sa.String(length=200), nullable=False),
        sa.Column("agreed_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_self_test_hours_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_self_test_hours")),
    )

    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("kept_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_filters_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_filters_user_id"),
    )


def downgrade() -> None:
    op.drop_table("saved_filters")
    op.drop_table("self_test_hours")
    op.drop_table("broker_line")
