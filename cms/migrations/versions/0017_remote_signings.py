"""Remote signings of approvals."""

from alembic import op

from cms.migrations.baseline.schema import create, indexes, instants, strings, texts

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "remote_signings",
        strings(40, "transmission_id bulletin_id ordered_by"),
        strings(64, "paper_sha256"),
        strings(32, "state"),
        texts("account credential sealed choices failure"),
        instants("ordered_at changed_at"),
        key="transmission_id",
        transmission_id="approval_documents.transmission_id",
    )
    indexes("remote_signings", "state")


def downgrade() -> None:
    op.drop_table("remote_signings")
