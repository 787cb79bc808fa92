"""Listening tests and their answers."""

from alembic import op

from cms.migrations.baseline.schema import booleans, create, indexes, instants, integers, strings, texts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "listening_tests",
        strings(40, "id begun_by job_id"),
        strings(300, "voice_a voice_b"),
        texts("texts clips error"),
        instants("begun_at ended_at?"),
        strings(200, "begun_by_name"),
        integers("version"),
    )
    create(
        "listening_answers",
        strings(100, "id"),
        strings(40, "test_id listener"),
        integers("number"),
        booleans("is_a_first"),
        texts("heard"),
        strings(32, "clearer"),
        instants("answered_at"),
        test_id="listening_tests.id",
    )
    indexes("listening_answers", "test_id")


def downgrade() -> None:
    op.drop_table("listening_answers")
    op.drop_table("listening_tests")
