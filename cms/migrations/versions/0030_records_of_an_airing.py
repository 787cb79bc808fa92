"""Index that finds some devices' as-run records of an airing without a look at those of all others."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_as_runs_occurrence_id_device_id", "as_runs", ["occurrence_id", "device_id"], unique=False)
    op.drop_index("ix_as_runs_occurrence_id", table_name="as_runs")


def downgrade() -> None:
    op.create_index("ix_as_runs_occurrence_id", "as_runs", ["occurrence_id"], unique=False)
    op.drop_index("ix_as_runs_occurrence_id_device_id", table_name="as_runs")
