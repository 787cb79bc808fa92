"""Hazard tables of a province, and the risk level and siren pattern of alerts and orders."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hazard_tables",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(40), nullable=False),
        sa.Column("loaded_by_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_hazard_tables"),
    )
    for name in ("alerts", "orders"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("risk", sa.Integer(), nullable=True))
            table.add_column(sa.Column("siren", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("orders", "alerts"):
        # Not by batch: it makes the table again, to which rows of others refer.
        op.drop_column(name, "siren")
        op.drop_column(name, "risk")
    op.drop_table("hazard_tables")
