"""Stations, programmes, offers and standing orders."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "programmes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("crawl", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("master_sha256", sa.String(length=64), nullable=False),
        sa.Column("skip_ms", sa.Integer(), nullable=False),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kill_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("killed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("cues", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletins.id"], name=op.f("fk_programmes_bulletin_id_bulletins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("bulletin_id", name=op.f("uq_programmes_bulletin_id")),
    )
    op.create_index("ix_programmes_changed_at_id", "programmes", ["changed_at", "id"], unique=False)
    op.create_table(
        "stations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("transmits", sa.Boolean(), nullable=False),
        sa.Column("frequency_khz", sa.Integer(), nullable=True),
        sa.Column("power_w", sa.Integer(), nullable=True),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("licence_no", sa.String(length=80), nullable=False),
        sa.Column("licence_until_on", sa.Date(), nullable=True),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_stations_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
    )
    op.create_index(op.f("ix_stations_area_id"), "stations", ["area_id"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("station_name", sa.String(length=200), nullable=False),
        sa.Column("series", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.String(length=300), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by", sa.String(length=40), nullable=False),
        sa.Column("offered_by_name", sa.String(length=200), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("relay", sa.Text(), nullable=True),
        sa.Column("relay_source_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_offers_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index("ix_offers_offered_at_id", "offers", ["offered_at", "id"], unique=False)
    op.create_index(op.f("ix_offers_relay_source_id"), "offers", ["relay_source_id"], unique=False)
    op.create_index(op.f("ix_offers_station_id"), "offers", ["station_id"], unique=False)
    op.create_table(
        "programme_receipts",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("rung", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_programme_receipts_programme_id_programmes")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_programme_receipts_station_id_stations")
        ),
        sa.PrimaryKeyConstraint("station_id", "programme_id", "rung", "at", name=op.f("pk_programme_receipts")),
    )
    op.create_index(op.f("ix_programme_receipts_programme_id"), "programme_receipts", ["programme_id"], unique=False)
    op.create_table(
        "standing_orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("series", sa.String(length=120), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(length=40), nullable=False),
        sa.Column("ordered_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_standing_orders_area_id_areas")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_standing_orders_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_orders")),
        sa.UniqueConstraint(
            "area_id", "station_id", "series", name=op.f("uq_standing_orders_area_id_station_id_series")
        ),
    )
    op.create_index(op.f("ix_standing_orders_station_id"), "standing_orders", ["station_id"], unique=False)
    op.create_table(
        "station_feeds",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_station_feeds_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_station_feeds")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_station_feeds_secret_hash")),
    )
    op.create_table(
        "offers_taken",
        sa.Column("offer_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_name", sa.String(length=200), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_offers_taken_area_id_areas")),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletins.id"], name=op.f("fk_offers_taken_bulletin_id_bulletins")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offers_taken_offer_id_offers")),
        sa.PrimaryKeyConstraint("offer_id", "area_id", name=op.f("pk_offers_taken")),
    )
