"""Firmware: images, roll-outs in waves, state of each device in one, and installed versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "firmware_images",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        sa.Column("uploaded_by", sa.String(length=40), nullable=False),
        sa.Column("uploaded_by_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firmware_images")),
        sa.UniqueConstraint("model", "number", name="uq_firmware_images_model"),
    )
    op.create_table(
        "firmware_rollouts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("image_ids", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("wave_at", _INSTANT, nullable=True),
        sa.Column("paused_at", _INSTANT, nullable=True),
        sa.Column("started_by", sa.String(length=40), nullable=False),
        sa.Column("started_by_name", sa.String(length=200), nullable=False),
        sa.Column("released_by_name", sa.String(length=200), nullable=False),
        sa.Column("stop_code", sa.String(length=32), nullable=False),
        sa.Column("stop_why", sa.Text(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_firmware_rollouts_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firmware_rollouts")),
    )
    op.create_table(
        "firmware_members",
        sa.Column("rollout_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(length=200), nullable=False),
        sa.Column("commune_id", sa.String(length=40), nullable=False),
        sa.Column("image_id", sa.String(length=64), nullable=False),
        sa.Column("is_cluster", sa.Boolean(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("told_at", _INSTANT, nullable=True),
        sa.Column("again_at", _INSTANT, nullable=True),
        sa.Column("changed_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["firmware_rollouts.id"], name=op.f("fk_firmware_members_rollout_id_firmware_rollouts")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_firmware_members_device_id_devices")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["firmware_images.id"], name=op.f("fk_firmware_members_image_id_firmware_images")
        ),
        sa.PrimaryKeyConstraint("rollout_id", "device_id", name=op.f("pk_firmware_members")),
    )
    op.create_index("ix_firmware_members_device_id_state", "firmware_members", ["device_id", "state"])
    op.create_table(
        "device_firmware",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_firmware_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_firmware")),
    )


def downgrade() -> None:
    op.drop_table("device_firmware")
    op.drop_index("ix_firmware_members_device_id_state", "firmware_members")
    for table in ("firmware_members", "firmware_rollouts", "firmware_images"):
        op.drop_table(table)
