"""Call log of alerts, and shelters of communes."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_log",
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("area_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "area_id", "number", name="pk_call_log"),
    )
    op.create_table(
        "area_shelters",
        sa.Column("area_id", sa.String(40), nullable=False),
        sa.Column("shelter", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name="fk_area_shelters_area_id_areas"),
        sa.PrimaryKeyConstraint("area_id", name="pk_area_shelters"),
    )


def downgrade() -> None:
    op.drop_table("area_shelters")
    op.drop_table("call_log")
