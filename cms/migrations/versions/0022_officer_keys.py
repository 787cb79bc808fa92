"""Keys of officers, orders that who raised them signed, and the signatures that an order carries."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officer_keys",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("user_name", sa.String(200), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("x", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.Text(), nullable=False),
        sa.Column("revoked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_officer_keys_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_officer_keys"),
    )
    op.create_index("ix_officer_keys_user_id", "officer_keys", ["user_id"])
    op.create_table(
        "raised_orders",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=False),
        sa.Column("signer_id", sa.String(40), nullable=False),
        sa.Column("signer_name", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["alerts.id"], name="fk_raised_orders_id_alerts"),
        sa.PrimaryKeyConstraint("id", name="pk_raised_orders"),
    )
    op.add_column("orders", sa.Column("authorisation", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    op.drop_column("orders", "authorisation")
    op.drop_table("raised_orders")
    op.drop_index("ix_officer_keys_user_id", "officer_keys")
    op.drop_table("officer_keys")
