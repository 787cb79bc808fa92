"""Invitations of people, and requests that a second administrator decides."""

from alembic import op

from cms.migrations.baseline.schema import booleans, create, index, indexes, instants, strings, texts

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "invitations",
        strings(40, "id user_id made_by"),
        instants("made_at expires_at used_at? revoked_at?"),
        booleans("is_reset"),
        user_id="users.id",
    )
    indexes("invitations", "user_id")
    create(
        "access_requests",
        strings(40, "id user_id asked_by decided_by?"),
        strings(32, "kind"),
        texts("grants levels"),
        strings(200, "asked_by_name"),
        instants("asked_at expires_at decided_at?"),
        booleans("is_confirmed"),
        user_id="users.id",
    )
    indexes("access_requests", "user_id")
    index("ix_access_requests_open", "access_requests", "asked_at", where="decided_at IS NULL")


def downgrade() -> None:
    for table in ("access_requests", "invitations"):
        op.drop_table(table)
