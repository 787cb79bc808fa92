"""Tables of the exchange: systems, messages in and out, webhooks, and the central system."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.cap.verdict import CapVerdict
from broadcast.alerts.model import AlertId, OrderId
from broadcast.bulletins.model import BulletinId
from broadcast.exchange.central import ReportKind
from cms.exchange.model import (
    CapDocument,
    CapFeed,
    CapSender,
    CentralLinkState,
    CentralOutcome,
    CentralRecord,
    CentralReport,
    ExchangeOutcome,
    HubSubscription,
    ReceivedCap,
    Webhook,
    WebhookDelivery,
    WebhookKind,
)
from cms.platform.store.columns import Base, partial_index
from devices.model import DeviceId

HASH = String(64)
SENDER = String(300)


class CapSenderRow(Base, table="cap_senders", value=CapSender):
    sender: Mapped[str] = mapped_column(SENDER, primary_key=True)
    push_hash: Mapped[str] = mapped_column(index=True)


class CapMessageRow(Base, table="cap_messages", value=ReceivedCap):
    """Received CAP message, once, however often it came."""

    __table_args__ = (
        Index("ix_cap_messages_received_at_id", "received_at", "id"),
        Index("ix_cap_messages_verdict_received_at_id", "verdict", "received_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name_hash: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(String(32))
    msg_type: Mapped[str] = mapped_column(String(32))
    verdict: Mapped[CapVerdict]
    code: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime]
    times_heard: Mapped[int]
    outcome: Mapped[ExchangeOutcome]
    alert_id: Mapped[AlertId | None] = mapped_column(index=True)


class CapReferenceRow(Base, table="cap_references"):
    """Name in a message's references: an index over ``references`` of messages that were not refused."""

    message_id: Mapped[str] = mapped_column(ForeignKey("cap_messages.id"), primary_key=True)
    name_hash: Mapped[str] = mapped_column(primary_key=True, index=True)


class CapFeedRow(Base, table="cap_feeds", value=CapFeed):
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    due_at: Mapped[datetime] = mapped_column(index=True)


class CapFeedEntryRow(Base, table="cap_feed_entries"):
    """Feed entry that was taken, so that it is not fetched at every poll."""

    feed_id: Mapped[str] = mapped_column(ForeignKey("cap_feeds.id"), primary_key=True)
    entry_hash: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class HubSubscriptionRow(Base, table="cap_hub_subscriptions", value=HubSubscription):
    feed_id: Mapped[str] = mapped_column(ForeignKey("cap_feeds.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    hub_url: Mapped[str]
    topic_url: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]
    lease_until_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]
    failures: Mapped[int]
    error: Mapped[str]


class CapDocumentRow(Base, table="cap_documents", value=CapDocument):
    """Document that we published: one for each order, and one more where it was called off."""

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    order_id: Mapped[OrderId] = mapped_column(ForeignKey("orders.id"), index=True)
    alert_id: Mapped[AlertId] = mapped_column(index=True)
    identifier: Mapped[str] = mapped_column(String(80))
    sender: Mapped[str] = mapped_column(SENDER)
    sent: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(32))
    msg_type: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(index=True)
    error: Mapped[str]


class WebhookRow(Base, table="webhooks", value=Webhook):
    """Subscriber; one of before there were kinds is sent CAP documents."""

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    removed_at: Mapped[datetime | None]
    kinds: Mapped[tuple[WebhookKind, ...]] = mapped_column(server_default='["cap"]')


class WebhookDeliveryRow(Base, table="webhook_deliveries", value=WebhookDelivery):
    """Delivery of one document or event to one subscriber. Neither sent nor dead: still to be tried."""

    __table_args__ = (
        UniqueConstraint("webhook_id", "event_key"),
        partial_index("ix_webhook_deliveries_open", "due_at", where="sent_at IS NULL AND dead_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id"), index=True)
    document_id: Mapped[str | None] = mapped_column(String(60), ForeignKey("cap_documents.id"), index=True)
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    event: Mapped[str] = mapped_column(String(60), server_default=sql("''"))
    event_key: Mapped[str | None] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(server_default=sql("''"))


class CentralBulletinRow(Base, table="central_bulletins", value=CentralRecord):
    """Version of a central bulletin, stored once; ``key_hash`` is over id and version, else over the bytes."""

    __table_args__ = (Index("ix_central_bulletins_central_id_central_version", "central_id", "central_version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    central_id: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[CentralOutcome]
    central_version: Mapped[int]
    bulletin_id: Mapped[BulletinId | None] = mapped_column(index=True)
    alert_id: Mapped[AlertId | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    sound_tries: Mapped[int] = mapped_column(server_default="0")
    sound_due_at: Mapped[datetime | None] = mapped_column(index=True)


class CentralLinkRow(Base, table="central_link", value=CentralLinkState):
    """State of the link; one row."""

    id: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str] = mapped_column(String(100))
    figures_on: Mapped[str] = mapped_column(String(10))


class CentralDeviceRow(Base, table="central_devices"):
    """Device reported to the central system, and the hash over its last report."""

    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    reported_hash: Mapped[str]


class CentralReportRow(Base, table="central_reports", value=CentralReport):
    """Report to the central system. Until it is sent it is retried, for as long as it takes."""

    __table_args__ = (partial_index("ix_central_reports_open", "made_at", where="sent_at IS NULL AND dead_at IS NULL"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    kind: Mapped[ReportKind]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    error: Mapped[str]
    dead_at: Mapped[datetime | None]
