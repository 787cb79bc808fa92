"""Proof of play and figures of reports."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import (
    big_integers,
    booleans,
    create,
    dates,
    index,
    indexes,
    instants,
    integers,
    strings,
    texts,
    unique,
)


def create_tables() -> None:
    create(
        "aired_audiences",
        strings(80, "occurrence_id"),
        strings(40, "area_id"),
        integers("devices"),
        instants("frozen_at"),
        booleans("listed"),
        key="occurrence_id area_id",
    )
    create(
        "as_run_seals",
        [sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False)],
        unique("device_id record_id"),
        strings(40, "device_id"),
        strings(80, "record_id"),
        strings(64, "hash"),
        key="seq",
    )
    create(
        "as_runs",
        strings(40, "device_id transmission_id reason"),
        strings(80, "record_id occurrence_id"),
        strings(200, "device_name"),
        strings(300, "title"),
        strings(64, "sha256"),
        instants("planned_at started_at? ended_at? received_at"),
        strings(20, "result"),
        integers("volume_pct"),
        strings(40, "area_id", default=""),
        strings(200, "area_name", default=""),
        texts("relayed?"),
        integers("round", default="0"),
        key="device_id record_id",
    )
    indexes("as_runs", "device_id planned_at", "occurrence_id", "planned_at")
    create(
        "deliveries",
        strings(80, "occurrence_id"),
        strings(40, "device_id transmission_id reason"),
        strings(200, "device_name"),
        strings(32, "state"),
        integers("rank"),
        instants("changed_at"),
        strings(40, "area_id", default=""),
        key="occurrence_id device_id",
    )
    index("ix_deliveries_counted", "deliveries", "occurrence_id area_id state device_id")
    indexes("deliveries", "device_id")
    create("presence_changes", strings(40, "device_id"), instants("at"), booleans("online"), key="device_id at")
    create(
        "report_airtime",
        strings(1, "grain"),
        dates("on"),
        strings(40, "area_id"),
        strings(80, "topic"),
        strings(300, "origin"),
        strings(32, "priority"),
        integers("airings done cut missed"),
        big_integers("airtime_ms device_ms"),
        key="grain on area_id topic origin priority",
    )
    create(
        "report_alerts",
        strings(40, "order_id area_id"),
        dates("on"),
        strings(32, "kind"),
        integers("meant answered sounded"),
        integers("finished rounds", default="0"),
        key="order_id area_id",
    )
    indexes("report_alerts", "on")
    create("report_areas", strings(40, "area_id"), dates("since_on"), strings(200, "name"), key="area_id since_on")
    create(
        "report_days", dates("on"), integers("marks counted"), instants("counted_at?"), booleans("is_closed"), key="on"
    )
    create(
        "report_fleet",
        strings(1, "grain"),
        dates("on"),
        strings(40, "area_id"),
        strings(32, "kind"),
        integers("devices"),
        big_integers("service_ms online_ms"),
        key="grain on area_id kind",
    )
    create(
        "report_subscriptions",
        unique("user_id area_id period"),
        strings(40, "id user_id area_id"),
        strings(200, "user_name"),
        strings(32, "period"),
        dates("since_on"),
        instants("asked_at"),
        area_id="areas.id",
        user_id="users.id",
    )
    create(
        "reports",
        strings(40, "id area_id asked_by subscription_id job_id"),
        strings(200, "area_name asked_by_name error"),
        dates("first_on last_on"),
        instants("asked_at made_at? counted_at? seen_at?"),
        strings(32, "state"),
        strings(64, "xlsx_sha256 pdf_sha256"),
        area_id="areas.id",
    )
    indexes("reports", "asked_at", "asked_by")
    index(
        "uq_reports_subscription_id_first_on",
        "reports",
        "subscription_id first_on",
        is_unique=True,
        where="subscription_id != ''",
    )
