"""Stations, programmes, offers and standing orders."""

from cms.migrations.baseline.schema import booleans, create, dates, indexes, instants, integers, strings, texts, unique


def create_tables() -> None:
    create(
        "programmes",
        unique("bulletin_id"),
        strings(40, "id bulletin_id transmission_id language"),
        texts("targets text crawl sound"),
        strings(300, "title origin"),
        strings(80, "topic"),
        strings(64, "master_sha256"),
        integers("skip_ms version"),
        strings(200, "approved_by_name"),
        instants("approved_at start_at end_at? kill_at? changed_at killed_at?"),
        strings(64, "original_sha256", default=""),
        texts("cues", default="{}"),
        bulletin_id="bulletins.id",
    )
    indexes("programmes", "changed_at id")
    create(
        "stations",
        strings(40, "id area_id changed_by device_id?"),
        strings(200, "name changed_by_name site"),
        instants("changed_at"),
        integers("version frequency_khz? power_w?"),
        booleans("transmits"),
        strings(80, "licence_no"),
        dates("licence_until_on?"),
        area_id="areas.id",
    )
    indexes("stations", "area_id")
    create(
        "offers",
        strings(40, "id station_id offered_by relay_source_id?"),
        strings(200, "station_name offered_by_name"),
        strings(120, "series"),
        strings(300, "title original_name"),
        texts("text sound relay?"),
        strings(80, "topic"),
        strings(64, "original_sha256"),
        instants("offered_at withdrawn_at?"),
        dates("until_on?"),
        integers("version"),
        station_id="stations.id",
    )
    indexes("offers", "offered_at id", "relay_source_id", "station_id")
    create(
        "programme_receipts",
        strings(40, "station_id programme_id"),
        strings(32, "rung"),
        instants("at reported_at"),
        strings(200, "reported_by_name"),
        strings(64, "sha256"),
        integers("duration_ms?"),
        key="station_id programme_id rung at",
        programme_id="programmes.id",
        station_id="stations.id",
    )
    indexes("programme_receipts", "programme_id")
    create(
        "standing_orders",
        unique("area_id station_id series"),
        strings(40, "id area_id station_id ordered_by"),
        strings(120, "series"),
        instants("ordered_at"),
        strings(200, "ordered_by_name"),
        area_id="areas.id",
        station_id="stations.id",
    )
    indexes("standing_orders", "station_id")
    create(
        "station_feeds",
        unique("secret_hash"),
        strings(40, "station_id made_by"),
        strings(64, "secret_hash"),
        instants("made_at"),
        key="station_id",
        station_id="stations.id",
    )
    create(
        "offers_taken",
        strings(40, "offer_id area_id bulletin_id order_id?"),
        instants("taken_at"),
        strings(200, "taken_by_name"),
        key="offer_id area_id",
        area_id="areas.id",
        bulletin_id="bulletins.id",
        offer_id="offers.id",
    )
