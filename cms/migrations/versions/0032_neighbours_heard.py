"""Level of the neighbours' alert at a mute device."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reaches", sa.Column("neighbours_db", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("reaches", "neighbours_db")
