"""Register of boxes with their claims, and the certificates of devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_ID = sa.String(length=40)
_NAME = sa.String(length=200)
_HASH = sa.String(length=64)
_CHOICE = sa.String(length=32)


def upgrade() -> None:
    op.add_column("devices", sa.Column("quarantined", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "device_lives",
        sa.Column("serial", _ID, nullable=False),
        sa.Column("kind", _CHOICE, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("area_id", _ID, nullable=False),
        sa.Column("claim_x", sa.String(length=43), nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("registered_by", _ID, nullable=False),
        sa.Column("registered_by_name", _NAME, nullable=False),
        sa.Column("state", _CHOICE, nullable=False),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("device_id", _ID, nullable=True),
        sa.Column("claimed_at", _INSTANT, nullable=True),
        sa.Column("claimed_by_name", _NAME, nullable=False),
        sa.Column("photo_sha256", _HASH, nullable=False),
        sa.Column("enrolled_csr", _HASH, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until_at", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_device_lives_area_id_areas")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_lives_device_id_devices")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_device_lives")),
    )
    op.create_index("ix_device_lives_state", "device_lives", ["state"])
    op.create_index("ix_device_lives_device_id", "device_lives", ["device_id"])
    op.create_table(
        "device_certificates",
        sa.Column("number", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("state", _CHOICE, nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("csr", _HASH, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_certificates_device_id_devices")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_device_certificates")),
    )
    op.create_index("ix_device_certificates_state", "device_certificates", ["state"])
    op.create_index("ix_device_certificates_device_id", "device_certificates", ["device_id"])


def downgrade() -> None:
    op.drop_table("device_certificates")
    op.drop_table("device_lives")
    op.drop_column("devices", "quarantined")
