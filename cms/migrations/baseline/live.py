"""Live addresses, relay sources and missed airings."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "live_sessions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("owner_name", sa.String(length=200), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("on_air_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.String(length=32), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("recording", sa.Text(), nullable=True),
        sa.Column("sound", sa.Text(), nullable=True),
        sa.Column("released_by_name", sa.String(length=200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_sessions")),
    )
    op.create_index("ix_live_sessions_prepared_at_id", "live_sessions", ["prepared_at", "id"], unique=False)
    op.create_index(op.f("ix_live_sessions_state"), "live_sessions", ["state"], unique=False)
    op.create_table(
        "live_places",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("live_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_live_places_area_id_areas")),
        sa.ForeignKeyConstraint(["live_id"], ["live_sessions.id"], name=op.f("fk_live_places_live_id_live_sessions")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_live_places")),
    )
    op.create_index(op.f("ix_live_places_live_id"), "live_places", ["live_id"], unique=False)
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
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=True),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_by_name", sa.String(length=200), nullable=False),
        sa.Column("suspended_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_relay_sources_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_sources")),
    )
    op.create_table(
        "relay_source_health",
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("health", sa.String(length=32), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["relay_sources.id"], name=op.f("fk_relay_source_health_source_id_relay_sources")
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_relay_source_health")),
    )
    op.create_table(
        "missed_airings",
        sa.Column("occurrence_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("remedy", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("not_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_because", sa.String(length=32), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("occurrence_id", "device_id", name=op.f("pk_missed_airings")),
    )
    op.create_index("ix_missed_airings_device_id_remedy", "missed_airings", ["device_id", "remedy"], unique=False)
    op.create_index("ix_missed_airings_item_id", "missed_airings", ["item_id"], unique=False)
    op.create_index("ix_missed_airings_missed_at_remedy", "missed_airings", ["missed_at", "remedy"], unique=False)
    op.create_index("ix_missed_airings_transmission_id", "missed_airings", ["transmission_id"], unique=False)
    op.create_table(
        "make_good_rules",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Time(), nullable=False),
        sa.Column("cuts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_make_good_rules_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", "priority", name=op.f("pk_make_good_rules")),
    )
