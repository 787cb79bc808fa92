"""Citizens' subscriptions to communes, messages to them, and deliveries."""

from alembic import op

from cms.migrations.baseline.schema import (
    booleans,
    create,
    index,
    indexes,
    instants,
    integers,
    strings,
    texts,
    unique,
)

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "citizen_subscriptions",
        strings(40, "id area_id"),
        strings(32, "channel"),
        strings(64, "recipient"),
        strings(1000, "address"),
        texts("p256dh auth"),
        booleans("has_digest"),
        integers("refusals"),
        instants("asked_at confirmed_at?"),
        unique("recipient area_id"),
        area_id="areas.id",
    )
    indexes("citizen_subscriptions", "area_id")
    create(
        "citizen_messages",
        strings(40, "id after_id"),
        strings(160, "event_key"),
        integers("kind"),
        strings(300, "title"),
        texts("areas text"),
        booleans("has_digest"),
        instants("written_at expires_at spread_at?"),
        unique("event_key"),
    )
    indexes("citizen_messages", "written_at")
    index("ix_citizen_messages_unspread", "citizen_messages", "kind id", where="spread_at IS NULL")
    create(
        "citizen_deliveries",
        strings(40, "id message_id subscription_id"),
        strings(64, "recipient"),
        strings(32, "channel"),
        integers("kind attempts"),
        texts("error"),
        instants("due_at claimed_at? sent_at? given_up_at?"),
        unique("message_id recipient"),
        message_id="citizen_messages.id",
    )
    indexes("citizen_deliveries", "subscription_id")
    is_open = "sent_at IS NULL AND given_up_at IS NULL"
    index("ix_citizen_deliveries_open", "citizen_deliveries", "channel kind due_at", where=is_open)


def downgrade() -> None:
    for table in ("citizen_deliveries", "citizen_messages", "citizen_subscriptions"):
        op.drop_table(table)
