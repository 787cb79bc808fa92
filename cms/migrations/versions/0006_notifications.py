"""Notifications to people, their choices, push subscriptions, and the cursor in the event log."""

from alembic import op

from cms.migrations.baseline.schema import (
    big_integers,
    create,
    index,
    indexes,
    instants,
    integers,
    strings,
    texts,
    times,
    unique,
)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create(
        "notifications",
        strings(40, "id user_id"),
        strings(160, "event_key"),
        strings(32, "channel kind"),
        integers("urgency step attempts"),
        strings(300, "title"),
        texts("text path error"),
        instants("written_at due_at expires_at claimed_at? sent_at? given_up_at? acknowledged_at?"),
        unique("user_id event_key channel"),
        user_id="users.id",
    )
    indexes("notifications", "event_key", "written_at")
    index("ix_notifications_open", "notifications", "channel due_at", where="sent_at IS NULL AND given_up_at IS NULL")
    index("ix_notifications_unseen", "notifications", "user_id channel", where="acknowledged_at IS NULL")
    create(
        "notification_choices",
        strings(40, "user_id"),
        strings(200, "email"),
        strings(20, "phone"),
        texts("channels"),
        times("quiet_from quiet_until"),
        key="user_id",
        user_id="users.id",
    )
    create(
        "push_subscriptions",
        strings(40, "id user_id"),
        strings(1000, "endpoint"),
        texts("p256dh auth"),
        strings(200, "agent"),
        instants("created_at"),
        unique("endpoint"),
        user_id="users.id",
    )
    indexes("push_subscriptions", "user_id")
    create("event_cursors", strings(40, "name"), big_integers("seq"), key="name")
    # What was done before there were notifications is told to nobody.
    op.execute("INSERT INTO event_cursors (name, seq) SELECT 'notifications', COALESCE(MAX(seq), 0) FROM events")
    index("ix_bulletins_proposed", "bulletins", "changed_at", where="proposal IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_bulletins_proposed", "bulletins")
    for table in ("event_cursors", "push_subscriptions", "notification_choices", "notifications"):
        op.drop_table(table)
