"""Named zones of alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_zones",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(40), nullable=False),
        sa.Column("changed_by_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_zones"),
        sa.UniqueConstraint("name", name="uq_alert_zones_name"),
    )


def downgrade() -> None:
    op.drop_table("alert_zones")
