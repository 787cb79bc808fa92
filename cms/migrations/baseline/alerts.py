"""Alerts, their orders and reaches; drills and stops."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import booleans, create, doubles, indexes, instants, integers, strings, texts


def create_tables() -> None:
    create("alert_policy", [sa.Column("id", sa.Integer(), autoincrement=False, nullable=False)], texts("policy"))
    create(
        "alerts",
        strings(40, "id author_id updates_id? submitter_id? approver_id? order_id? signed_off_by? drill_plan_id"),
        strings(32, "kind hazard status purpose"),
        integers("level version own_versions"),
        strings(300, "headline"),
        texts("audience facts wordings rounds cap_ref reason alone_reason"),
        instants("expires_at created_at changed_at submitted_at? approved_at? ended_at? worded_at?"),
        strings(200, "author_name submitter_name approver_name ended_by_name"),
        booleans("is_minor is_silent is_prepared"),
        texts("sayings", default="[]"),
    )
    indexes("alerts", "cap_ref", "changed_at", "drill_plan_id", "status changed_at", "updates_id")
    create(
        "drill_plans",
        strings(40, "id proposed_by approved_by?"),
        texts("pattern schedules reason"),
        integers("lasts_ms version"),
        strings(200, "proposed_by_name approved_by_name ended_by_name"),
        instants("proposed_at approved_at? next_at?"),
        strings(32, "status"),
    )
    indexes("drill_plans", "status next_at")
    create(
        "reaches",
        strings(40, "order_id device_id area_id"),
        strings(200, "device_name"),
        strings(32, "state sound? latest?"),
        integers("rank amp_ma? sent delay_ms?"),
        instants("changed_at? started_at? ended_at? received_at? closed_at? latest_at?"),
        strings(64, "code"),
        doubles("mic_db?"),
        texts("point?"),
        booleans("is_placed", default=sa.false()),
        integers("round turn", default="0"),
        integers("latest_rank", default="-1"),
        key="order_id device_id",
    )
    create(
        "stops",
        strings(40, "id by lifts?"),
        texts("areas reason"),
        integers("prio"),
        strings(200, "by_name"),
        instants("at hush_until_at?"),
    )
    indexes("stops", "at")
    create("alert_areas", strings(40, "alert_id area_id"), key="alert_id area_id", alert_id="alerts.id")
    indexes("alert_areas", "area_id")
    create(
        "declaration_rights",
        strings(40, "user_id area_id"),
        integers("level"),
        key="user_id area_id",
        area_id="areas.id",
        user_id="users.id",
    )
    create(
        "orders",
        strings(40, "id alert_id"),
        strings(32, "kind purpose hazard end_reason?"),
        integers("level"),
        strings(300, "headline"),
        texts("text audience spoken rounds approved_by replaces"),
        instants("issued_at expires_at ended_at?"),
        booleans("is_minor is_silent"),
        texts("part_ends", default="[]"),
        alert_id="alerts.id",
    )
    indexes("orders", "alert_id", "ended_at")
    create(
        "unknown_orders",
        strings(80, "order_id"),
        strings(40, "device_id"),
        instants("expires_at reported_at ended_at?"),
        key="order_id device_id",
        device_id="devices.id",
    )
    indexes("unknown_orders", "expires_at")
