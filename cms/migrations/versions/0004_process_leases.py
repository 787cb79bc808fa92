"""Leases of the programs of which one instance is active on all hosts."""

from alembic import op

from cms.migrations.baseline.schema import big_integers, create, strings, texts

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create("process_leases", strings(40, "name"), texts("holder"), big_integers("fence epoch until_ms"), key="name")


def downgrade() -> None:
    op.drop_table("process_leases")
