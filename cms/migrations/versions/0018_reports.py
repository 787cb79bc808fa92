"""Reports: fields of records that they need, daily figures, and the reports that were made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

_AHEAD_OF_UTC = timedelta(hours=7)
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "transmissions", sa.Column("topic", sa.String(length=80), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "transmissions", sa.Column("origin", sa.String(length=300), nullable=False, server_default=sa.text("''"))
    )
    _make_tables()
    for name in ("topic", "origin"):
        op.execute(
            f"UPDATE transmissions SET {name} = "  # noqa: S608 two names of our own
            f"(SELECT bulletins.{name} FROM bulletins WHERE bulletins.id = transmissions.bulletin_id)"
        )
    op.execute(
        "INSERT INTO presence_changes (device_id, at, online) SELECT device_id, seen_at, online FROM device_status"
    )
    _mark_days_played()


def downgrade() -> None:
    for name in (
        *("reports", "report_subscriptions", "report_areas", "report_alerts", "report_fleet"),
        *("report_airtime", "report_days", "presence_changes"),
    ):
        op.drop_table(name)
    op.drop_column("transmissions", "origin")
    op.drop_column("transmissions", "topic")


def _mark_days_played() -> None:
    """Have days with records counted at the next start; nothing is known of their fleet."""
    days = sa.table(
        "report_days",
        sa.column("on", sa.Date),
        sa.column("marks", sa.Integer),
        sa.column("counted", sa.Integer),
        sa.column("is_closed", sa.Boolean),
    )
    planned = sa.table("as_runs", sa.column("planned_at", _INSTANT)).c.planned_at
    first_at, last_at = op.get_bind().execute(sa.select(sa.func.min(planned), sa.func.max(planned))).one()
    if first_at is None:
        return
    first_on, last_on = _local(first_at), _local(last_at)
    rows = [
        {"on": first_on + timedelta(days=number), "marks": 1, "counted": 0, "is_closed": True}
        for number in range((last_on - first_on).days + 1)
    ]
    op.bulk_insert(days, rows)


def _local(at: datetime) -> date:
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC) + _AHEAD_OF_UTC).date()


def _make_tables() -> None:
    op.create_table(
        "presence_changes",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "at", name=op.f("pk_presence_changes")),
    )
    op.create_table(
        "report_days",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("counted_at", _INSTANT, nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_report_days")),
    )
    op.create_table(
        "report_airtime",
        sa.Column("grain", sa.String(length=1), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("airings", sa.Integer(), nullable=False),
        sa.Column("airtime_ms", sa.BigInteger(), nullable=False),
        sa.Column("device_ms", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("cut", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "grain", "on", "area_id", "topic", "origin", "priority", name=op.f("pk_report_airtime")
        ),
    )
    op.create_table(
        "report_fleet",
        sa.Column("grain", sa.String(length=1), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.Column("service_ms", sa.BigInteger(), nullable=False),
        sa.Column("online_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "on", "area_id", "kind", name=op.f("pk_report_fleet")),
    )
    op.create_table(
        "report_alerts",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("meant", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("sounded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "area_id", name=op.f("pk_report_alerts")),
    )
    op.create_index("ix_report_alerts_on", "report_alerts", ["on"])
    op.create_table(
        "report_areas",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "since_on", name=op.f("pk_report_areas")),
    )
    op.create_table(
        "report_subscriptions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_report_subscriptions_area_id_areas")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_report_subscriptions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_subscriptions")),
        sa.UniqueConstraint(
            "user_id", "area_id", "period", name=op.f("uq_report_subscriptions_user_id_area_id_period")
        ),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("area_name", sa.String(length=200), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("xlsx_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=True),
        sa.Column("counted_at", _INSTANT, nullable=True),
        sa.Column("seen_at", _INSTANT, nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_reports_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_asked_at", "reports", ["asked_at"])
    op.create_index("ix_reports_asked_by", "reports", ["asked_by"])
    op.create_index(
        "uq_reports_subscription_id_first_on",
        "reports",
        ["subscription_id", "first_on"],
        unique=True,
        sqlite_where=sa.text("subscription_id != ''"),
        postgresql_where=sa.text("subscription_id != ''"),
    )
