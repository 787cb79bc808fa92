"""Broadcast sessions and their running orders."""

from alembic import op

from cms.migrations.baseline.schema import create, dates, indexes, instants, integers, strings, texts, times, unique

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "broadcast_sessions",
        strings(40, "id area_id changed_by"),
        strings(200, "name changed_by_name"),
        dates("first_on last_on?"),
        times("clock"),
        texts("rrule standing"),
        integers("length_ms gap_ms version"),
        strings(32, "overrun"),
        instants("changed_at"),
        area_id="areas.id",
    )
    indexes("broadcast_sessions", "area_id")
    create(
        "running_orders",
        strings(40, "id session_id"),
        dates("on"),
        texts("items left_out"),
        instants("locked_at?"),
        integers("version"),
        unique("session_id on"),
        session_id="broadcast_sessions.id",
    )


def downgrade() -> None:
    op.drop_table("running_orders")
    op.drop_table("broadcast_sessions")
