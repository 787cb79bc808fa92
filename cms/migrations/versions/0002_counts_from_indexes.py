"""Indexes that answer counts alone: of an area's devices, and of day plans that are not sent."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counted = ["area_id", "kind", "retired_at", "quarantined", "revoked", "id"]
    op.create_index("ix_devices_counted", "devices", counted, unique=False)
    op.drop_index("ix_devices_area_id", table_name="devices")
    op.create_index("ix_day_plans_sent_at", "day_plans", ["sent_at", "area_id", "on"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_day_plans_sent_at", table_name="day_plans")
    op.create_index("ix_devices_area_id", "devices", ["area_id"], unique=False)
    op.drop_index("ix_devices_counted", table_name="devices")
