"""Reports of alerts, inhabitants of places, and hearing radii of loudspeakers."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_reports",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("alert_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(120), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("json_sha256", sa.String(64), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("public_sha256", sa.String(64), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_reports_alert_id_alerts"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_reports"),
        sa.UniqueConstraint("alert_id", "version", name="uq_alert_reports_alert_id_version"),
    )
    op.create_index("ix_alert_reports_state", "alert_reports", ["state"])
    op.create_table(
        "area_inhabitants",
        sa.Column("area_id", sa.String(40), nullable=False),
        sa.Column("inhabitants", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name="fk_area_inhabitants_area_id_areas"),
        sa.PrimaryKeyConstraint("area_id", name="pk_area_inhabitants"),
    )
    op.create_table(
        "device_hearing",
        sa.Column("device_id", sa.String(40), nullable=False),
        sa.Column("hearing_m", sa.Integer(), nullable=True),
        sa.Column("inhabitants", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_hearing_device_id_devices"),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_hearing"),
    )


def downgrade() -> None:
    op.drop_table("device_hearing")
    op.drop_table("area_inhabitants")
    op.drop_table("alert_reports")
