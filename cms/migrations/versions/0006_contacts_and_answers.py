"""Contacts of areas, and when the server received a device's last answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_contacts",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_contacts_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area_contacts")),
    )
    op.add_column("reaches", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("reaches", "received_at")
    op.drop_table("area_contacts")
