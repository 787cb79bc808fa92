"""Index that answers the count of a day's as-run records by result alone."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_as_runs_planned_at_result", "as_runs", ["planned_at", "result"], unique=False)
    op.drop_index("ix_as_runs_planned_at", table_name="as_runs")


def downgrade() -> None:
    op.create_index("ix_as_runs_planned_at", "as_runs", ["planned_at"], unique=False)
    op.drop_index("ix_as_runs_planned_at_result", table_name="as_runs")
