"""Relay sources, the items that relay them, and the outcome of each airing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "relay_sources",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("urls", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=40), nullable=False),
        sa.Column("written_by_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=True),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", _INSTANT, nullable=True),
        sa.Column("suspended_by_name", sa.String(length=200), nullable=False),
        sa.Column("suspended_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_relay_sources_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_sources")),
    )
    op.create_table(
        "relay_source_health",
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("health", sa.String(length=32), nullable=False),
        sa.Column("checked_at", _INSTANT, nullable=False),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["relay_sources.id"], name=op.f("fk_relay_source_health_source_id_relay_sources")
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_relay_source_health")),
    )
    op.add_column("bulletins", sa.Column("relay", sa.Text(), nullable=True))
    op.add_column("transmissions", sa.Column("relay", sa.Text(), nullable=True))
    op.add_column("transmissions", sa.Column("relay_source_id", sa.String(length=40), nullable=True))
    op.create_index("ix_transmissions_relay_source_id", "transmissions", ["relay_source_id"])
    op.add_column("as_runs", sa.Column("relayed", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("as_runs", "relayed")
    op.drop_index("ix_transmissions_relay_source_id", "transmissions")
    op.drop_column("transmissions", "relay_source_id")
    op.drop_column("transmissions", "relay")
    op.drop_column("bulletins", "relay")
    op.drop_table("relay_source_health")
    op.drop_table("relay_sources")
