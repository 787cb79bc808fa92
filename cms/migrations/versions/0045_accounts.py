"""Sign-ins counted by their source; start times of sessions and passwords."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_tallies",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_tallies")),
    )
    op.create_index(op.f("ix_sign_in_tallies_last_at"), "sign_in_tallies", ["last_at"])
    op.drop_column("users", "failures")
    op.drop_column("users", "locked_until_at")
    op.add_column("users", sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sessions", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("source", sa.String(length=64), nullable=False, server_default=sa.text("''")))
    op.add_column("sessions", sa.Column("agent", sa.String(length=200), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    for column in ("agent", "source", "last_seen_at"):
        op.drop_column("sessions", column)
    for column in ("must_change_password", "password_set_at"):
        op.drop_column("users", column)
    op.add_column("users", sa.Column("locked_until_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.drop_table("sign_in_tallies")
