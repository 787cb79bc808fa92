"""Autosaved bulletin forms."""

from alembic import op

from cms.migrations.baseline.schema import create, indexes, instants, integers, strings, texts

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "autosaves",
        strings(100, "id"),
        strings(40, "owner_id bulletin_id window"),
        strings(300, "title"),
        texts("fields"),
        integers("version"),
        instants("saved_at ended_at?"),
    )
    indexes("autosaves", "owner_id saved_at", "saved_at")


def downgrade() -> None:
    op.drop_table("autosaves")
