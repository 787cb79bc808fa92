"""Indexes of the tickets that ended last, and of a device's faults."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tickets_ended_at", "tickets", ["ended_at"], unique=False)
    op.create_index("ix_faults_device_id_since_at", "faults", ["device_id", "since_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_faults_device_id_since_at", table_name="faults")
    op.drop_index("ix_tickets_ended_at", table_name="tickets")
