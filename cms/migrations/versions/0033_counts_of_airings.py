"""Counts of what devices reported of an airing that is over."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_STATES = ("received", "ready", "started", "done", "cut", "missed")
_UNCOUNTED = sa.text("counted_at IS NULL")


def upgrade() -> None:
    op.add_column("aired_audiences", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))
    for state in _STATES:
        op.add_column("aired_audiences", sa.Column(state, sa.Integer(), nullable=True))
    op.create_index(
        "ix_aired_audiences_uncounted",
        "aired_audiences",
        ["frozen_at"],
        sqlite_where=_UNCOUNTED,
        postgresql_where=_UNCOUNTED,
    )


def downgrade() -> None:
    op.drop_index("ix_aired_audiences_uncounted", table_name="aired_audiences")
    for state in reversed(_STATES):
        op.drop_column("aired_audiences", state)
    op.drop_column("aired_audiences", "counted_at")
