"""Missed airings and the rules for them, and the as-run log as a hash chain with frozen places."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from cms.store import chain
from cms.store.tables.columns import Utc

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

# Records older than the chain are sealed this many at a time.
PAGE_ROWS = 1000
SEAL = ("seq", "device_id", "record_id", "hash")
TIMES = ("planned_at", "started_at", "ended_at", "received_at")
SEALED = (
    *("device_id", "device_name", "record_id", "occurrence_id", "transmission_id", "title", "sha256"),
    *("planned_at", "started_at", "ended_at", "result", "reason", "volume_pct", "received_at", "area_id", "area_name"),
)


def upgrade() -> None:
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
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_because", sa.String(length=32), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("occurrence_id", "device_id", name=op.f("pk_missed_airings")),
    )
    op.create_index("ix_missed_airings_device_id_remedy", "missed_airings", ["device_id", "remedy"])
    op.create_index("ix_missed_airings_missed_at_remedy", "missed_airings", ["missed_at", "remedy"])
    op.create_index("ix_missed_airings_transmission_id", "missed_airings", ["transmission_id"])
    op.create_index("ix_missed_airings_item_id", "missed_airings", ["item_id"])
    op.add_column("transmissions", sa.Column("make_good", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("plan_items", sa.Column("only_devices", sa.Integer(), nullable=True))
    for name, length in (("area_id", 40), ("area_name", 200)):
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default=sa.text("''"))
        op.add_column("as_runs", column)
    op.create_index("ix_as_runs_planned_at", "as_runs", ["planned_at"])
    op.create_table(
        "as_run_seals",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_as_run_seals")),
        sa.UniqueConstraint("device_id", "record_id", name=op.f("uq_as_run_seals_device_id_record_id")),
    )
    _freeze_places()
    _seal()


def downgrade() -> None:
    op.drop_table("as_run_seals")
    op.drop_index("ix_as_runs_planned_at", "as_runs")
    for table, column in (
        ("as_runs", "area_name"),
        ("as_runs", "area_id"),
        ("plan_items", "only_devices"),
        ("transmissions", "make_good"),
    ):
        op.drop_column(table, column)
    op.drop_table("missed_airings")
    op.drop_table("make_good_rules")


def _freeze_places() -> None:
    """Take each device's present place: the best that is known of older records."""
    op.execute(
        "UPDATE as_runs SET area_id = coalesce((SELECT devices.area_id FROM devices"
        " WHERE devices.id = as_runs.device_id), '')"
    )
    op.execute(
        "UPDATE as_runs SET area_name = coalesce((SELECT areas.name FROM areas WHERE areas.id = as_runs.area_id), '')"
    )


def _seal() -> None:
    """Seal the existing records in the order in which they were stored."""
    connection = op.get_bind()
    runs, seals = sa.table("as_runs", *map(sa.column, SEALED)), sa.table("as_run_seals", *map(sa.column, SEAL))
    times = {name: sa.type_coerce(runs.c[name], Utc) for name in TIMES}
    columns = [times.get(name, runs.c[name]).label(name) for name in SEALED]
    order = (runs.c.received_at, runs.c.device_id, runs.c.record_id)
    previous, seq = chain.GENESIS, 0
    while rows := connection.execute(sa.select(*columns).order_by(*order).offset(seq).limit(PAGE_ROWS)).all():
        links = []
        for row in rows:
            seq += 1
            fields = (chain.micros(each) if isinstance(each, datetime) else each for each in row)
            previous = chain.digest([previous, seq, *fields])
            links.append({"seq": seq, "device_id": row.device_id, "record_id": row.record_id, "hash": previous})
        connection.execute(sa.insert(seals), links)
