"""Proof of play and figures of reports."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "aired_audiences",
        sa.Column("occurrence_id", sa.String(length=80), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("occurrence_id", "area_id", name=op.f("pk_aired_audiences")),
    )
    op.create_table(
        "as_run_seals",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_as_run_seals")),
        sa.UniqueConstraint("device_id", "record_id", name=op.f("uq_as_run_seals_device_id_record_id")),
    )
    op.create_table(
        "as_runs",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("occurrence_id", sa.String(length=80), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("volume_pct", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("area_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("relayed", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("device_id", "record_id", name=op.f("pk_as_runs")),
    )
    op.create_index("ix_as_runs_device_id_planned_at", "as_runs", ["device_id", "planned_at"], unique=False)
    op.create_index("ix_as_runs_occurrence_id", "as_runs", ["occurrence_id"], unique=False)
    op.create_index("ix_as_runs_planned_at", "as_runs", ["planned_at"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("occurrence_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("occurrence_id", "device_id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_counted", "deliveries", ["occurrence_id", "area_id", "state", "device_id"], unique=False
    )
    op.create_index(op.f("ix_deliveries_device_id"), "deliveries", ["device_id"], unique=False)
    op.create_table(
        "presence_changes",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "at", name=op.f("pk_presence_changes")),
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
        "report_alerts",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("meant", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("sounded", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rounds", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("order_id", "area_id", name=op.f("pk_report_alerts")),
    )
    op.create_index("ix_report_alerts_on", "report_alerts", ["on"], unique=False)
    op.create_table(
        "report_areas",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "since_on", name=op.f("pk_report_areas")),
    )
    op.create_table(
        "report_days",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_report_days")),
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
        "report_subscriptions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
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
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("xlsx_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_reports_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_asked_at", "reports", ["asked_at"], unique=False)
    op.create_index("ix_reports_asked_by", "reports", ["asked_by"], unique=False)
    op.create_index(
        "uq_reports_subscription_id_first_on",
        "reports",
        ["subscription_id", "first_on"],
        unique=True,
        sqlite_where=sa.text("subscription_id != ''"),
        postgresql_where=sa.text("subscription_id != ''"),
    )
