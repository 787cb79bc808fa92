"""Verdicts on proof of sound, and each box's measurement of its own tone at commissioning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reaches", sa.Column("sound", sa.String(length=32), nullable=True))
    op.create_table(
        "sound_references",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("amp_ma", sa.Integer(), nullable=True),
        sa.Column("mic_db", sa.Double(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_sound_references_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_sound_references")),
    )


def downgrade() -> None:
    op.drop_table("sound_references")
    op.drop_column("reaches", "sound")
