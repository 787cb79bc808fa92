"""Indexes for counts of reports: of an airing by state, and of an order's loudspeakers that sound."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SOUNDS = sa.text("latest = 'sounding'")


def upgrade() -> None:
    op.create_index("ix_deliveries_by_state", "deliveries", ["occurrence_id", "state", "area_id", "device_id"])
    op.drop_index("ix_deliveries_counted", table_name="deliveries")
    op.create_index("ix_reaches_sounding", "reaches", ["order_id"], sqlite_where=_SOUNDS, postgresql_where=_SOUNDS)


def downgrade() -> None:
    op.drop_index("ix_reaches_sounding", table_name="reaches")
    op.create_index("ix_deliveries_counted", "deliveries", ["occurrence_id", "area_id", "state", "device_id"])
    op.drop_index("ix_deliveries_by_state", table_name="deliveries")
