"""Subscriptions to the hubs of feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "cap_hub_subscriptions",
        sa.Column("feed_id", sa.String(40), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("hub_url", sa.Text(), nullable=False),
        sa.Column("topic_url", sa.Text(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=True),
        sa.Column("lease_until_at", _INSTANT, nullable=True),
        sa.Column("pushed_at", _INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_cap_hub_subscriptions"),
        sa.ForeignKeyConstraint(["feed_id"], ["cap_feeds.id"], name="fk_cap_hub_subscriptions_feed_id_cap_feeds"),
        sa.UniqueConstraint("token", name="uq_cap_hub_subscriptions_token"),
    )
    op.create_index("ix_cap_hub_subscriptions_due_at", "cap_hub_subscriptions", ["due_at"])


def downgrade() -> None:
    op.drop_table("cap_hub_subscriptions")
