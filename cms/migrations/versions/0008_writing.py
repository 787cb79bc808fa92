"""Submissions that wait for a sound, previews of spoken text, and official papers of bulletins."""

from alembic import op

from cms.migrations.baseline.schema import binaries, create, indexes, instants, integers, strings, texts

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "awaited_submissions",
        strings(40, "bulletin_id ordered_by"),
        integers("version"),
        instants("ordered_at failed_at?"),
        key="bulletin_id",
        bulletin_id="bulletins.id",
    )
    create(
        "speech_previews",
        strings(40, "id ordered_by"),
        strings(20, "language"),
        texts("text areas error"),
        instants("ordered_at"),
        binaries("clip?"),
    )
    indexes("speech_previews", "ordered_by", "ordered_at")
    create("bulletin_papers", strings(40, "bulletin_id"), texts("paper"), key="bulletin_id", bulletin_id="bulletins.id")


def downgrade() -> None:
    op.drop_table("bulletin_papers")
    op.drop_table("speech_previews")
    op.drop_table("awaited_submissions")
