"""Baseline: the schema of version 0.1.0, created by ``cms.migrations.baseline``."""

from cms.migrations import baseline

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    baseline.create_schema()


def downgrade() -> None:
    raise NotImplementedError("nothing precedes the baseline: delete the database instead")
