"""Live addresses, and how late they are heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("reaches", sa.Column("delay_ms", sa.Integer(), nullable=True))
    op.create_table(
        "live_sessions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("owner_name", sa.String(length=200), nullable=False),
        sa.Column("prepared_at", _INSTANT, nullable=False),
        sa.Column("until_at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("on_air_at", _INSTANT, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("end", sa.String(length=32), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("recording", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_sessions")),
    )
    op.create_index("ix_live_sessions_prepared_at_id", "live_sessions", ["prepared_at", "id"])
    op.create_index("ix_live_sessions_state", "live_sessions", ["state"])
    op.create_table(
        "live_places",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("live_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_live_places_area_id_areas")),
        sa.ForeignKeyConstraint(["live_id"], ["live_sessions.id"], name=op.f("fk_live_places_live_id_live_sessions")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_live_places")),
    )
    op.create_index("ix_live_places_live_id", "live_places", ["live_id"])


def downgrade() -> None:
    op.drop_table("live_places")
    op.drop_table("live_sessions")
    op.drop_column("reaches", "delay_ms")
