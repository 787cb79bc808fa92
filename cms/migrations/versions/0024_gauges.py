"""Gauges of rain and water, their readings, rules of limits, and rises."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gauges",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("area_ids", sa.Text(), nullable=False),
        sa.Column("point", sa.Text(), nullable=True),
        sa.Column("least", sa.Double(), nullable=False),
        sa.Column("most", sa.Double(), nullable=False),
        sa.Column("step_most", sa.Double(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("stuck_after_s", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(40), nullable=False),
        sa.Column("added_by_name", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_gauges"),
        sa.UniqueConstraint("secret_hash", name="uq_gauges_secret_hash"),
    )
    op.create_table(
        "gauge_states",
        sa.Column("gauge_id", sa.String(40), nullable=False),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recent", sa.Text(), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("chain_value", sa.Double(), nullable=False),
        sa.Column("has_moved", sa.Boolean(), nullable=False),
        sa.Column("same_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misses", sa.Text(), nullable=False),
        sa.Column("is_doubted", sa.Boolean(), nullable=False),
        sa.Column("ahead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit", sa.Double(), nullable=False),
        sa.Column("trouble", sa.String(32), nullable=True),
        sa.Column("trouble_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticket_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["gauge_id"], ["gauges.id"], name="fk_gauge_states_gauge_id_gauges"),
        sa.PrimaryKeyConstraint("gauge_id", name="pk_gauge_states"),
    )
    op.create_table(
        "gauge_readings",
        sa.Column("gauge_id", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["gauge_id"], ["gauges.id"], name="fk_gauge_readings_gauge_id_gauges"),
        sa.PrimaryKeyConstraint("gauge_id", "at", name="pk_gauge_readings"),
    )
    op.create_index("ix_gauge_readings_at", "gauge_readings", ["at"])
    op.create_table(
        "gauge_rules",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("hazard", sa.String(32), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("agree_least", sa.Integer(), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.Column("hold_s", sa.Integer(), nullable=False),
        sa.Column("hysteresis", sa.Double(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(40), nullable=False),
        sa.Column("changed_by_name", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gauge_rules"),
    )
    op.create_table(
        "gauge_rule_states",
        sa.Column("rule_id", sa.String(40), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rise_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["gauge_rules.id"], name="fk_gauge_rule_states_rule_id_gauge_rules"),
        sa.PrimaryKeyConstraint("rule_id", name="pk_gauge_rule_states"),
    )
    op.create_table(
        "gauge_rises",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("rule_id", sa.String(40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("fell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alert_id", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["gauge_rules.id"], name="fk_gauge_rises_rule_id_gauge_rules"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_gauge_rises_alert_id_alerts"),
        sa.PrimaryKeyConstraint("id", name="pk_gauge_rises"),
    )
    op.create_index("ix_gauge_rises_at", "gauge_rises", ["at"])
    op.create_index("ix_gauge_rises_rule_id_at", "gauge_rises", ["rule_id", "at"])


def downgrade() -> None:
    for name in ("gauge_rises", "gauge_rule_states", "gauge_rules", "gauge_readings", "gauge_states", "gauges"):
        op.drop_table(name)
