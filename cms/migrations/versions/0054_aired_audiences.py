"""Audiences of airings, frozen when they begin.

Airings of the past are filled in from the devices' present places: their places of then were not recorded.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from cms.store.tables.columns import Utc

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("area_id", sa.String(40), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "aired_audiences",
        sa.Column("occurrence_id", sa.String(80), primary_key=True),
        sa.Column("area_id", sa.String(40), primary_key=True),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.Column("frozen_at", Utc(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
    )
    op.add_column("reaches", sa.Column("point", sa.Text(), nullable=True))
    op.add_column("reaches", sa.Column("is_placed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE deliveries SET area_id = coalesce("
        "(SELECT devices.area_id FROM devices WHERE devices.id = deliveries.device_id), '')"
    )
    op.drop_index("ix_deliveries_occurrence_id_state", "deliveries")
    op.create_index("ix_deliveries_counted", "deliveries", ["occurrence_id", "area_id", "state", "device_id"])
    now = datetime.now(UTC)
    columns = ("occurrence_id", "area_id", "start_at", "only_devices")
    items = sa.table("plan_items", *(sa.column(name) for name in columns), sa.column("placed", sa.Boolean()))
    names = ("id", "area_id", "kind", "retired_at")
    devices = sa.table("devices", *(sa.column(name) for name in names))
    aired = sa.table(
        "aired_audiences", *(sa.column(name) for name in ("occurrence_id", "area_id", "devices", "frozen_at", "listed"))
    )
    posts = (
        sa.select(devices.c.area_id, sa.func.count().label("devices"))
        .where(devices.c.retired_at.is_(None), devices.c.kind != "board")
        .group_by(devices.c.area_id)
        .subquery()
    )
    past = (
        sa.select(
            items.c.occurrence_id,
            items.c.area_id,
            sa.func.coalesce(sa.func.max(items.c.only_devices), sa.func.max(posts.c.devices), 0),
            sa.literal(now, Utc()),
            sa.false(),
        )
        .outerjoin(posts, posts.c.area_id == items.c.area_id)
        .where(items.c.placed == sa.true(), items.c.start_at < sa.literal(now, Utc()))
        .group_by(items.c.occurrence_id, items.c.area_id)
    )
    op.execute(aired.insert().from_select(["occurrence_id", "area_id", "devices", "frozen_at", "listed"], past))


def downgrade() -> None:
    op.drop_index("ix_deliveries_counted", "deliveries")
    op.create_index("ix_deliveries_occurrence_id_state", "deliveries", ["occurrence_id", "state"])
    op.drop_column("reaches", "is_placed")
    op.drop_column("reaches", "point")
    op.drop_table("aired_audiences")
    op.drop_column("deliveries", "area_id")
