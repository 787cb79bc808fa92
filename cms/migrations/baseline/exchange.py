"""CAP exchange, webhooks and the link to the central source system."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "cap_feeds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("hosts", sa.Text(), nullable=False),
        sa.Column("plain_hosts", sa.Text(), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("poll_s", sa.Integer(), nullable=False),
        sa.Column("failing_after_s", sa.Integer(), nullable=False),
        sa.Column("silent_after_s", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("trouble", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_feeds")),
        sa.UniqueConstraint("name", name=op.f("uq_cap_feeds_name")),
    )
    op.create_index(op.f("ix_cap_feeds_due_at"), "cap_feeds", ["due_at"], unique=False)
    op.create_table(
        "cap_messages",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("msg_type", sa.String(length=32), nullable=False),
        sa.Column("references", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("airs", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_heard", sa.Integer(), nullable=False),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_messages")),
        sa.UniqueConstraint("name_hash", name=op.f("uq_cap_messages_name_hash")),
    )
    op.create_index(op.f("ix_cap_messages_alert_id"), "cap_messages", ["alert_id"], unique=False)
    op.create_index("ix_cap_messages_received_at_id", "cap_messages", ["received_at", "id"], unique=False)
    op.create_index(op.f("ix_cap_messages_sha256"), "cap_messages", ["sha256"], unique=False)
    op.create_index(
        "ix_cap_messages_verdict_received_at_id", "cap_messages", ["verdict", "received_at", "id"], unique=False
    )
    op.create_table(
        "cap_senders",
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("certificate_pem", sa.Text(), nullable=False),
        sa.Column("area_ids", sa.Text(), nullable=False),
        sa.Column("superior_of", sa.Text(), nullable=False),
        sa.Column("push_hash", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_cap_senders")),
    )
    op.create_index(op.f("ix_cap_senders_push_hash"), "cap_senders", ["push_hash"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("is_plain", sa.Boolean(), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("wants_drills", sa.Boolean(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("name", name=op.f("uq_webhooks_name")),
    )
    op.create_table(
        "cap_feed_entries",
        sa.Column("feed_id", sa.String(length=40), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["cap_feeds.id"], name=op.f("fk_cap_feed_entries_feed_id_cap_feeds")),
        sa.PrimaryKeyConstraint("feed_id", "entry_hash", name=op.f("pk_cap_feed_entries")),
    )
    op.create_table(
        "cap_references",
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["cap_messages.id"], name=op.f("fk_cap_references_message_id_cap_messages")
        ),
        sa.PrimaryKeyConstraint("message_id", "name_hash", name=op.f("pk_cap_references")),
    )
    op.create_index(op.f("ix_cap_references_name_hash"), "cap_references", ["name_hash"], unique=False)
    op.create_table(
        "cap_documents",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("identifier", sa.String(length=80), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("msg_type", sa.String(length=32), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_cap_documents_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_documents")),
    )
    op.create_index(op.f("ix_cap_documents_alert_id"), "cap_documents", ["alert_id"], unique=False)
    op.create_index(op.f("ix_cap_documents_made_at"), "cap_documents", ["made_at"], unique=False)
    op.create_index(op.f("ix_cap_documents_order_id"), "cap_documents", ["order_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("webhook_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=60), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["cap_documents.id"], name=op.f("fk_webhook_deliveries_document_id_cap_documents")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(op.f("ix_webhook_deliveries_document_id"), "webhook_deliveries", ["document_id"], unique=False)
    op.create_index(
        "ix_webhook_deliveries_open",
        "webhook_deliveries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(op.f("ix_webhook_deliveries_webhook_id"), "webhook_deliveries", ["webhook_id"], unique=False)
    op.create_table(
        "central_bulletins",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("central_id", sa.String(length=100), nullable=False),
        sa.Column("central_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_heard", sa.Integer(), nullable=False),
        sa.Column("reported_hash", sa.String(length=64), nullable=False),
        sa.Column("sound_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sound_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_bulletins")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_central_bulletins_key_hash")),
    )
    op.create_index(op.f("ix_central_bulletins_bulletin_id"), "central_bulletins", ["bulletin_id"], unique=False)
    op.create_index(
        "ix_central_bulletins_central_id_central_version",
        "central_bulletins",
        ["central_id", "central_version"],
        unique=False,
    )
    op.create_index(op.f("ix_central_bulletins_received_at"), "central_bulletins", ["received_at"], unique=False)
    op.create_index(op.f("ix_central_bulletins_sound_due_at"), "central_bulletins", ["sound_due_at"], unique=False)
    op.create_table(
        "central_devices",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("reported_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_central_devices")),
    )
    op.create_table(
        "central_link",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("played_until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures_on", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_link")),
    )
    op.create_table(
        "central_reports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_reports")),
    )
    op.create_index(
        "ix_central_reports_open",
        "central_reports",
        ["made_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index("ix_central_reports_sent_at", "central_reports", ["sent_at"], unique=False)
