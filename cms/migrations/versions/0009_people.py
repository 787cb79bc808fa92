"""Invitations of people, requests that a second administrator decides, and passkeys."""

from alembic import op

from cms.migrations.baseline.schema import (
    big_integers,
    binaries,
    booleans,
    create,
    index,
    indexes,
    instants,
    strings,
    texts,
    unique,
)

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
    create(
        "passkeys",
        unique("credential_id"),
        strings(40, "id user_id"),
        strings(1400, "credential_id"),
        binaries("public_key"),
        big_integers("sign_count"),
        strings(200, "name"),
        instants("created_at challenged_at last_used_at?"),
        user_id="users.id",
    )
    indexes("passkeys", "user_id")
    op.add_column("tokens", instants("last_used_at?")[0])


def downgrade() -> None:
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_column("last_used_at")
    for table in ("passkeys", "access_requests", "invitations"):
        op.drop_table(table)
