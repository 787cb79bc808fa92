"""Public pages: citizens' feedback, its published part, and bulletins kept off them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("feedback", sa.Column("code_hash", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("feedback", sa.Column("published_text", sa.Text(), nullable=False, server_default=""))
    op.add_column("feedback", sa.Column("published_at", _INSTANT, nullable=True))
    op.add_column("feedback", sa.Column("published_by", sa.String(length=40), nullable=True))
    op.add_column("feedback", sa.Column("published_by_name", sa.String(length=200), nullable=False, server_default=""))
    op.create_index("ix_feedback_code_hash", "feedback", ["code_hash"])
    op.create_table(
        "unlisted_bulletins",
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_unlisted_bulletins_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", name=op.f("pk_unlisted_bulletins")),
    )


def downgrade() -> None:
    op.drop_table("unlisted_bulletins")
    op.drop_index("ix_feedback_code_hash", "feedback")
    for name in ("published_by_name", "published_by", "published_at", "published_text", "code_hash"):
        op.drop_column("feedback", name)
