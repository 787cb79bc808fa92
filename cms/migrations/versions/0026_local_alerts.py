"""Local alerts, key holders, issued local orders and key presses; the device at which an order was raised."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("origin_id", sa.String(40), nullable=True))
    op.create_table(
        "local_alerts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("area_id", sa.String(40), nullable=False),
        sa.Column("hazard", sa.String(32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("headline", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Text(), nullable=False),
        sa.Column("siren", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(40), nullable=False),
        sa.Column("proposed_by_name", sa.String(200), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(40), nullable=True),
        sa.Column("approved_by_name", sa.String(200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(200), nullable=False),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("again", sa.Text(), nullable=False),
        sa.Column("said_sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name="fk_local_alerts_area_id_areas"),
        sa.PrimaryKeyConstraint("id", name="pk_local_alerts"),
    )
    op.create_index("ix_local_alerts_area_id", "local_alerts", ["area_id"])
    op.create_index("ix_local_alerts_said_sha256", "local_alerts", ["said_sha256"])
    op.create_table(
        "key_holders",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("pin_hash", sa.String(64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(40), nullable=False),
        sa.Column("issued_by_name", sa.String(200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_holders"),
    )
    op.create_table(
        "device_keys",
        sa.Column("holder_id", sa.String(40), nullable=False),
        sa.Column("device_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_keys_device_id_devices"),
        sa.ForeignKeyConstraint(["holder_id"], ["key_holders.id"], name="fk_device_keys_holder_id_key_holders"),
        sa.PrimaryKeyConstraint("holder_id", "device_id", name="pk_device_keys"),
    )
    op.create_index("ix_device_keys_device_id", "device_keys", ["device_id"])
    op.create_table(
        "local_issues",
        sa.Column("device_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("held_number", sa.Integer(), nullable=False),
        sa.Column("held_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong_pins", sa.Integer(), nullable=False),
        sa.Column("spoken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_local_issues_device_id_devices"),
        sa.PrimaryKeyConstraint("device_id", name="pk_local_issues"),
    )
    op.create_index("ix_local_issues_valid_until_at", "local_issues", ["valid_until_at"])
    op.create_table(
        "key_presses",
        sa.Column("alert_id", sa.String(40), nullable=False),
        sa.Column("device_id", sa.String(40), nullable=False),
        sa.Column("device_name", sa.String(200), nullable=False),
        sa.Column("local_alert_id", sa.String(40), nullable=False),
        sa.Column("holder_id", sa.String(40), nullable=False),
        sa.Column("holder_name", sa.String(200), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_key_presses_alert_id_alerts"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_key_presses"),
    )


def downgrade() -> None:
    for table in ("key_presses", "local_issues", "device_keys", "key_holders", "local_alerts"):
        op.drop_table(table)
    op.drop_column("orders", "origin_id")
