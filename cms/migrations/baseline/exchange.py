"""CAP exchange, webhooks and the link to the central source system."""

from cms.migrations.baseline.schema import booleans, create, index, indexes, instants, integers, strings, texts, unique


def create_tables() -> None:
    create(
        "cap_feeds",
        unique("name"),
        strings(40, "id"),
        strings(200, "name"),
        texts("url hosts plain_hosts etag modified error"),
        booleans("is_local"),
        integers("poll_s failing_after_s silent_after_s failures"),
        instants("added_at due_at answered_at? heard_at?"),
        strings(32, "trouble"),
    )
    indexes("cap_feeds", "due_at")
    create(
        "cap_messages",
        unique("name_hash"),
        strings(40, "id alert_id?"),
        strings(64, "name_hash? code sha256"),
        texts("sender identifier references findings notes"),
        instants("sent? received_at last_heard_at"),
        strings(32, "status msg_type verdict kind airs outcome"),
        strings(200, "source"),
        integers("times_heard"),
    )
    indexes("cap_messages", "alert_id", "received_at id", "sha256", "verdict received_at id")
    create(
        "cap_senders",
        strings(300, "sender"),
        strings(200, "name"),
        texts("certificate_pem area_ids superior_of"),
        strings(64, "push_hash"),
        instants("added_at"),
        key="sender",
    )
    indexes("cap_senders", "push_hash")
    create(
        "webhooks",
        unique("name"),
        strings(40, "id"),
        strings(200, "name"),
        texts("url sealed_secret"),
        booleans("is_plain is_local wants_drills"),
        instants("added_at removed_at?"),
    )
    create(
        "cap_feed_entries",
        strings(40, "feed_id"),
        strings(64, "entry_hash"),
        instants("seen_at"),
        key="feed_id entry_hash",
        feed_id="cap_feeds.id",
    )
    create(
        "cap_references",
        strings(40, "message_id"),
        strings(64, "name_hash"),
        key="message_id name_hash",
        message_id="cap_messages.id",
    )
    indexes("cap_references", "name_hash")
    create(
        "cap_documents",
        strings(60, "id"),
        strings(40, "order_id alert_id"),
        strings(80, "identifier"),
        strings(300, "sender"),
        instants("sent expires_at made_at"),
        strings(32, "status msg_type"),
        texts("headline error"),
        strings(64, "sha256"),
        order_id="orders.id",
    )
    indexes("cap_documents", "alert_id", "made_at", "order_id")
    create(
        "webhook_deliveries",
        strings(40, "id webhook_id"),
        strings(60, "document_id"),
        integers("attempts"),
        instants("due_at sent_at? dead_at?"),
        texts("error"),
        document_id="cap_documents.id",
        webhook_id="webhooks.id",
    )
    indexes("webhook_deliveries", "document_id")
    index("ix_webhook_deliveries_open", "webhook_deliveries", "due_at", where="sent_at IS NULL AND dead_at IS NULL")
    indexes("webhook_deliveries", "webhook_id")
    create(
        "central_bulletins",
        unique("key_hash"),
        strings(40, "id bulletin_id?"),
        strings(64, "key_hash sha256 reported_hash"),
        strings(100, "central_id"),
        integers("central_version times_heard"),
        strings(300, "title"),
        strings(32, "outcome"),
        texts("reason"),
        instants("received_at sound_due_at?"),
        integers("sound_tries", default="0"),
    )
    indexes("central_bulletins", "bulletin_id", "central_id central_version", "received_at", "sound_due_at")
    create("central_devices", strings(40, "device_id"), strings(64, "reported_hash"), key="device_id")
    create(
        "central_link",
        strings(40, "id"),
        strings(100, "cursor"),
        instants("due_at answered_at? failing_since_at? played_until_at"),
        integers("failures"),
        texts("error"),
        strings(10, "figures_on"),
    )
    create(
        "central_reports",
        strings(40, "id"),
        strings(32, "kind"),
        texts("body error"),
        instants("made_at sent_at? dead_at?"),
        integers("attempts"),
    )
    index("ix_central_reports_open", "central_reports", "made_at", where="sent_at IS NULL AND dead_at IS NULL")
    indexes("central_reports", "sent_at")
