"""Version of the keyset of officers that each device holds."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device_status", sa.Column("officers_ver", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("device_status", "officers_ver")
