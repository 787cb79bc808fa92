"""Tables of the exchange: systems, messages in and out, webhooks, and the central system."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.cap.findings import Finding
from broadcast.alerts.cap.message import Reference
from broadcast.alerts.cap.verdict import Airs, CapVerdict, MessageKind
from broadcast.alerts.model import AlertId, OrderId
from broadcast.bulletins.model import BulletinId
from broadcast.exchange.central import ReportKind
from cms.bulletins.tables.bulletins import TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from devices.model import DeviceId
from province.areas import AreaId

HASH = String(64)
SENDER = String(300)


class CapSenderRow(Base):
    __tablename__ = "cap_senders"

    sender: Mapped[str] = mapped_column(SENDER, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    certificate_pem: Mapped[str] = mapped_column(Text)
    area_ids: Mapped[tuple[AreaId, ...]] = mapped_column(Frozen(tuple[AreaId, ...]))
    superior_of: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    push_hash: Mapped[str] = mapped_column(HASH, index=True)
    added_at: Mapped[datetime] = mapped_column(Utc)


class CapMessageRow(Base):
    """Received CAP message, once, however often it came."""

    __tablename__ = "cap_messages"
    __table_args__ = (
        Index("ix_cap_messages_received_at_id", "received_at", "id"),
        Index("ix_cap_messages_verdict_received_at_id", "verdict", "received_at", "id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name_hash: Mapped[str | None] = mapped_column(HASH, unique=True)
    sender: Mapped[str] = mapped_column(Text)
    identifier: Mapped[str] = mapped_column(Text)
    sent: Mapped[datetime | None] = mapped_column(Utc)
    status: Mapped[str] = mapped_column(String(32))
    msg_type: Mapped[str] = mapped_column(String(32))
    references: Mapped[tuple[Reference, ...]] = mapped_column(Frozen(tuple[Reference, ...]))
    verdict: Mapped[CapVerdict] = mapped_column(EnumColumn(CapVerdict))
    kind: Mapped[MessageKind] = mapped_column(EnumColumn(MessageKind))
    airs: Mapped[Airs] = mapped_column(EnumColumn(Airs))
    code: Mapped[str] = mapped_column(String(64))
    findings: Mapped[tuple[Finding, ...]] = mapped_column(Frozen(tuple[Finding, ...]))
    sha256: Mapped[str] = mapped_column(HASH, index=True)
    source: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(Utc)
    times_heard: Mapped[int]
    last_heard_at: Mapped[datetime] = mapped_column(Utc)
    outcome: Mapped[str] = mapped_column(String(32))
    alert_id: Mapped[AlertId | None] = mapped_column(ID, index=True)
    notes: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))


class CapReferenceRow(Base):
    """Name in a message's references: an index over ``references`` of messages that were not refused."""

    __tablename__ = "cap_references"

    message_id: Mapped[str] = mapped_column(ID, ForeignKey("cap_messages.id"), primary_key=True)
    name_hash: Mapped[str] = mapped_column(HASH, primary_key=True, index=True)


class CapFeedRow(Base):
    __tablename__ = "cap_feeds"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    url: Mapped[str] = mapped_column(Text)
    hosts: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    plain_hosts: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    is_local: Mapped[bool]
    poll_s: Mapped[int]
    failing_after_s: Mapped[int]
    silent_after_s: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Utc)
    due_at: Mapped[datetime] = mapped_column(Utc, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    heard_at: Mapped[datetime | None] = mapped_column(Utc)
    etag: Mapped[str] = mapped_column(Text)
    modified: Mapped[str] = mapped_column(Text)
    failures: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    trouble: Mapped[str] = mapped_column(String(32))


class CapFeedEntryRow(Base):
    """Feed entry that was taken, so that it is not fetched at every poll."""

    __tablename__ = "cap_feed_entries"

    feed_id: Mapped[str] = mapped_column(ID, ForeignKey("cap_feeds.id"), primary_key=True)
    entry_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Utc)


class CapDocumentRow(Base):
    """Document that we published: one for each order, and one more where it was called off."""

    __tablename__ = "cap_documents"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    order_id: Mapped[OrderId] = mapped_column(ID, ForeignKey("orders.id"), index=True)
    alert_id: Mapped[AlertId] = mapped_column(ID, index=True)
    identifier: Mapped[str] = mapped_column(String(80))
    sender: Mapped[str] = mapped_column(SENDER)
    sent: Mapped[datetime] = mapped_column(Utc)
    status: Mapped[str] = mapped_column(String(32))
    msg_type: Mapped[str] = mapped_column(String(32))
    headline: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(HASH)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    made_at: Mapped[datetime] = mapped_column(Utc, index=True)
    error: Mapped[str] = mapped_column(Text)


class WebhookRow(Base):
    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    url: Mapped[str] = mapped_column(Text)
    is_plain: Mapped[bool]
    is_local: Mapped[bool]
    wants_drills: Mapped[bool]
    sealed_secret: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Utc)
    removed_at: Mapped[datetime | None] = mapped_column(Utc)


class WebhookDeliveryRow(Base):
    """Delivery of one document to one subscriber. Neither sent nor dead: still to be tried."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_open",
            "due_at",
            sqlite_where=text("sent_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND dead_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ID, ForeignKey("webhooks.id"), index=True)
    document_id: Mapped[str] = mapped_column(String(60), ForeignKey("cap_documents.id"), index=True)
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(Utc)
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    dead_at: Mapped[datetime | None] = mapped_column(Utc)
    error: Mapped[str] = mapped_column(Text)


class CentralBulletinRow(Base):
    """Version of a central bulletin, stored once; ``key_hash`` is over id and version, else over the bytes."""

    __tablename__ = "central_bulletins"
    __table_args__ = (Index("ix_central_bulletins_central_id_central_version", "central_id", "central_version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    central_id: Mapped[str] = mapped_column(String(100))
    central_version: Mapped[int]
    title: Mapped[str] = mapped_column(TITLE)
    outcome: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    bulletin_id: Mapped[BulletinId | None] = mapped_column(ID, index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(Utc, index=True)
    times_heard: Mapped[int]
    reported_hash: Mapped[str] = mapped_column(String(64))
    sound_tries: Mapped[int] = mapped_column(server_default="0")
    sound_due_at: Mapped[datetime | None] = mapped_column(Utc, index=True)


class CentralLinkRow(Base):
    """State of the link; one row."""

    __tablename__ = "central_link"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    cursor: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime] = mapped_column(Utc)
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    failing_since_at: Mapped[datetime | None] = mapped_column(Utc)
    failures: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    played_until_at: Mapped[datetime] = mapped_column(Utc)
    figures_on: Mapped[str] = mapped_column(String(10))


class CentralDeviceRow(Base):
    """Device reported to the central system, and the hash over its last report."""

    __tablename__ = "central_devices"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    reported_hash: Mapped[str] = mapped_column(String(64))


class CentralReportRow(Base):
    """Report to the central system. Until it is sent it is retried, for as long as it takes."""

    __tablename__ = "central_reports"
    __table_args__ = (
        Index(
            "ix_central_reports_open",
            "made_at",
            sqlite_where=text("sent_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND dead_at IS NULL"),
        ),
        Index("ix_central_reports_sent_at", "sent_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(EnumColumn(ReportKind))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Utc)
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None] = mapped_column(Utc)
    dead_at: Mapped[datetime | None] = mapped_column(Utc)
    error: Mapped[str] = mapped_column(Text)
