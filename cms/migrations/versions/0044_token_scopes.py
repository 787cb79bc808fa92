"""Scopes of API tokens; existing tokens keep all that a token may still do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_BEFORE = '["read","bulletins","alert-drafts","feedback","stations","devices","stop","rules"]'


def upgrade() -> None:
    # A row inserted without scopes gets the least.
    op.add_column("tokens", sa.Column("scopes", sa.Text(), nullable=False, server_default='["read"]'))
    tokens = sa.table("tokens", sa.column("scopes", sa.Text()))
    op.execute(tokens.update().values(scopes=_BEFORE))


def downgrade() -> None:
    op.drop_column("tokens", "scopes")
