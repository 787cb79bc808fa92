"""Standing orders of alerts and their firings, and the alerts of the central system's emergencies."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_NAME = sa.String(200)


def upgrade() -> None:
    op.create_table(
        "alert_standing_orders",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("bounds", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(40), nullable=False),
        sa.Column("proposed_by_name", _NAME, nullable=False),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.String(40), nullable=True),
        sa.Column("agreed_by_name", _NAME, nullable=False),
        sa.Column("agreed_at", _INSTANT, nullable=True),
        sa.Column("agreed_sha256", sa.String(64), nullable=False),
        sa.Column("suspended_by_name", _NAME, nullable=False),
        sa.Column("suspended_at", _INSTANT, nullable=True),
        sa.Column("ended_by_name", _NAME, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("end_cause", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_standing_orders"),
    )
    op.create_index("ix_alert_standing_orders_status", "alert_standing_orders", ["status"])
    op.create_table(
        "alert_firings",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("alert_id", sa.String(40), nullable=False),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.Column("hazard", sa.String(32), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("source", sa.String(320), nullable=False),
        sa.Column("identifier", sa.String(1000), nullable=False),
        sa.Column("begins_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("fired_at", _INSTANT, nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=True),
        sa.Column("remark", sa.String(2000), nullable=False),
        sa.Column("reviewed_by", sa.String(40), nullable=True),
        sa.Column("reviewed_by_name", _NAME, nullable=False),
        sa.Column("reviewed_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert_firings"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["alert_standing_orders.id"], name="fk_alert_firings_order_id_alert_standing_orders"
        ),
    )
    op.create_index("ix_alert_firings_order_id_fired_at", "alert_firings", ["order_id", "fired_at"])
    for name in ("alert_id", "fired_at", "reviewed_at"):
        op.create_index(f"ix_alert_firings_{name}", "alert_firings", [name])

    op.add_column("central_bulletins", sa.Column("alert_id", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("central_bulletins", "alert_id")
    op.drop_table("alert_firings")
    op.drop_table("alert_standing_orders")
