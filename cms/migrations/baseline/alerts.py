"""Alerts, their orders and reaches; drills and stops."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "alert_policy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_policy")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hazard", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("headline", sa.String(length=300), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("wordings", sa.Text(), nullable=False),
        sa.Column("rounds", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("updates_id", sa.String(length=40), nullable=True),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.Column("cap_ref", sa.Text(), nullable=False),
        sa.Column("submitter_id", sa.String(length=40), nullable=True),
        sa.Column("submitter_name", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approver_id", sa.String(length=40), nullable=True),
        sa.Column("approver_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("alone_reason", sa.Text(), nullable=False),
        sa.Column("signed_off_by", sa.String(length=40), nullable=True),
        sa.Column("worded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_prepared", sa.Boolean(), nullable=False),
        sa.Column("own_versions", sa.Integer(), nullable=False),
        sa.Column("drill_plan_id", sa.String(length=40), nullable=False),
        sa.Column("sayings", sa.Text(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_cap_ref"), "alerts", ["cap_ref"], unique=False)
    op.create_index("ix_alerts_changed_at", "alerts", ["changed_at"], unique=False)
    op.create_index(op.f("ix_alerts_drill_plan_id"), "alerts", ["drill_plan_id"], unique=False)
    op.create_index("ix_alerts_status_changed_at", "alerts", ["status", "changed_at"], unique=False)
    op.create_index(op.f("ix_alerts_updates_id"), "alerts", ["updates_id"], unique=False)
    op.create_table(
        "drill_plans",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("schedules", sa.Text(), nullable=False),
        sa.Column("lasts_ms", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_by_name", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=True),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_plans")),
    )
    op.create_index("ix_drill_plans_status_next_at", "drill_plans", ["status", "next_at"], unique=False)
    op.create_table(
        "reaches",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("amp_ma", sa.Integer(), nullable=True),
        sa.Column("mic_db", sa.Double(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delay_ms", sa.Integer(), nullable=True),
        sa.Column("sound", sa.String(length=32), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("point", sa.Text(), nullable=True),
        sa.Column("is_placed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("latest", sa.String(length=32), nullable=True),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest_rank", sa.Integer(), server_default="-1", nullable=False),
        sa.PrimaryKeyConstraint("order_id", "device_id", name=op.f("pk_reaches")),
    )
    op.create_table(
        "stops",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("prio", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hush_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
    )
    op.create_index(op.f("ix_stops_at"), "stops", ["at"], unique=False)
    op.create_table(
        "alert_areas",
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_areas_alert_id_alerts")),
        sa.PrimaryKeyConstraint("alert_id", "area_id", name=op.f("pk_alert_areas")),
    )
    op.create_index(op.f("ix_alert_areas_area_id"), "alert_areas", ["area_id"], unique=False)
    op.create_table(
        "declaration_rights",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_declaration_rights_area_id_areas")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_declaration_rights_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "area_id", name=op.f("pk_declaration_rights")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("hazard", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("headline", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("spoken", sa.Text(), nullable=False),
        sa.Column("rounds", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("part_ends", sa.Text(), server_default="[]", nullable=False),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_orders_alert_id_alerts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_alert_id"), "orders", ["alert_id"], unique=False)
    op.create_index(op.f("ix_orders_ended_at"), "orders", ["ended_at"], unique=False)
    op.create_table(
        "unknown_orders",
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_unknown_orders_device_id_devices")),
        sa.PrimaryKeyConstraint("order_id", "device_id", name=op.f("pk_unknown_orders")),
    )
    op.create_index(op.f("ix_unknown_orders_expires_at"), "unknown_orders", ["expires_at"], unique=False)
