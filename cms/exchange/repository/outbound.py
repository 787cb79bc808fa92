"""Repositories of what goes out: CAP documents and their messages, and webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import aliased

from broadcast.alerts.cap.message import Reference
from broadcast.alerts.model import AlertId, AlertStatus, OrderId
from broadcast.alerts.orders import Order
from cms.alerts.tables import AlertRow, OrderRow
from cms.exchange.tables import CapDocumentRow, WebhookDeliveryRow, WebhookRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository

END = "-end"
"""Suffix of an order's id in the id of the document that calls it off."""


@dataclass(frozen=True, slots=True)
class CapDocument:
    """Signed document, ``sha256`` in the content store. ``error``: our own check refused it, so it is not delivered."""

    id: str
    order_id: OrderId
    alert_id: AlertId
    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    headline: str
    sha256: str
    expires_at: datetime
    made_at: datetime
    error: str = ""

    @property
    def key(self) -> Reference:
        return Reference(self.sender, self.identifier, self.sent)

    @property
    def is_end(self) -> bool:
        """Return whether the document calls its order off."""
        return self.id.endswith(END)


class CapDocuments(KeyedRepository[str, CapDocument], kind=CapDocument, row=CapDocumentRow, noun="cap_document"):
    def recent(self, since_at: datetime) -> Sequence[tuple[CapDocument, Order]]:
        """List the valid documents with their orders, oldest first."""
        rows = self._session.execute(
            select(CapDocumentRow, OrderRow)
            .join(OrderRow, OrderRow.id == CapDocumentRow.order_id)
            .where(CapDocumentRow.error == "", CapDocumentRow.made_at >= since_at)
            .order_by(CapDocumentRow.sent, CapDocumentRow.id)
        )
        return [(value_of(CapDocument, document), value_of(Order, order)) for document, order in rows]

    def of_alert(self, alert_id: AlertId) -> Sequence[CapDocument]:
        """List an alert's valid documents, oldest first."""
        return self._listed(
            CapDocument,
            select(CapDocumentRow)
            .where(CapDocumentRow.alert_id == alert_id, CapDocumentRow.error == "")
            .order_by(CapDocumentRow.sent, CapDocumentRow.id),
        )

    def named(self, reference: Reference) -> CapDocument | None:
        return self._found(
            CapDocument,
            select(CapDocumentRow).where(
                CapDocumentRow.identifier == reference.identifier, CapDocumentRow.sender == reference.sender
            ),
        )

    def latest(self, since_at: datetime, limit: int) -> Sequence[CapDocument]:
        """List the valid documents, newest first."""
        return self._listed(
            CapDocument,
            select(CapDocumentRow)
            .where(CapDocumentRow.error == "", CapDocumentRow.made_at >= since_at)
            .order_by(CapDocumentRow.made_at.desc(), CapDocumentRow.sent.desc(), CapDocumentRow.id.desc())
            .limit(limit),
        )

    def unpublished(self, now: datetime, since_at: datetime) -> Sequence[Order]:
        """List orders without a document that are in force, or were called off meanwhile; oldest first."""
        return self._listed(
            Order,
            select(OrderRow)
            .outerjoin(CapDocumentRow, CapDocumentRow.id == OrderRow.id)
            .where(CapDocumentRow.id.is_(None), OrderRow.issued_at >= since_at, OrderRow.expires_at > now)
            .order_by(OrderRow.issued_at, OrderRow.id),
        )

    def uncancelled(self, since_at: datetime) -> Sequence[Order]:
        """List published orders whose alert was called off and that lack the document of it; oldest end first."""
        called_off = aliased(CapDocumentRow)
        return self._listed(
            Order,
            select(OrderRow)
            .join(CapDocumentRow, and_(CapDocumentRow.id == OrderRow.id, CapDocumentRow.error == ""))
            .join(AlertRow, AlertRow.order_id == OrderRow.id)
            .outerjoin(called_off, called_off.id == OrderRow.id + END)
            .where(AlertRow.status == AlertStatus.CANCELLED, OrderRow.ended_at >= since_at, called_off.id.is_(None))
            .order_by(OrderRow.ended_at, OrderRow.id),
        )


@dataclass(frozen=True, slots=True)
class Webhook:
    """Subscriber. ``is_plain``: plain http is allowed; ``is_local``: in our own network.

    ``sealed_secret`` is opened for its id.
    """

    id: str
    name: str
    url: str
    is_plain: bool
    is_local: bool
    wants_drills: bool
    sealed_secret: str
    added_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """Delivery, tried ``attempts`` times; with neither ``sent_at`` nor ``dead_at`` it is retried at ``due_at``."""

    id: str
    webhook_id: str
    document_id: str
    attempts: int
    due_at: datetime
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Delivery with all that sending it takes."""

    delivery: WebhookDelivery
    webhook: Webhook
    document: CapDocument


class WebhookRecords(Repository):
    def add(self, webhook: Webhook) -> None:
        self._session.execute(insert(WebhookRow), [columns_of(webhook)])

    def all(self) -> Sequence[Webhook]:
        """List the subscribers not removed, by name."""
        return self._listed(Webhook, select(WebhookRow).where(WebhookRow.removed_at.is_(None)).order_by("name"))

    def named(self, name: str) -> Webhook | None:
        return next((each for each in self.all() if each.name == name), None)

    def remove(self, webhook: Webhook, at: datetime) -> None:
        """Remove the subscriber: nothing more is sent to it, and its name is free again."""
        gone = {"removed_at": at, "name": f"{webhook.id} {webhook.name}"[:200]}
        change(self._session, update(WebhookRow).where(WebhookRow.id == webhook.id).values(gone))

    def deliver(self, deliveries: Sequence[WebhookDelivery]) -> None:
        if deliveries:
            self._session.execute(insert(WebhookDeliveryRow), [columns_of(each) for each in deliveries])

    def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """List the due deliveries, longest due first, to subscribers not removed."""
        rows = self._session.execute(
            select(WebhookDeliveryRow, WebhookRow, CapDocumentRow)
            .join(WebhookRow, WebhookRow.id == WebhookDeliveryRow.webhook_id)
            .join(CapDocumentRow, CapDocumentRow.id == WebhookDeliveryRow.document_id)
            .where(
                WebhookDeliveryRow.sent_at.is_(None),
                WebhookDeliveryRow.dead_at.is_(None),
                WebhookDeliveryRow.due_at <= now,
                WebhookRow.removed_at.is_(None),
            )
            .order_by(WebhookDeliveryRow.due_at, WebhookDeliveryRow.id)
            .limit(limit)
        )
        return [
            Due(value_of(WebhookDelivery, delivery), value_of(Webhook, webhook), value_of(CapDocument, document))
            for delivery, webhook, document in rows
        ]

    def save(self, delivery: WebhookDelivery) -> None:
        statement = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id == delivery.id)
        change(self._session, statement.values(columns_of(delivery)))

    def counts(self, webhook_id: str) -> tuple[int, int, int]:
        """Count the deliveries sent, open and dead."""
        row = WebhookDeliveryRow
        is_open = row.sent_at.is_(None) & row.dead_at.is_(None)
        sent, still, dead = self._session.execute(
            select(func.count(row.sent_at), func.count().filter(is_open), func.count(row.dead_at)).where(
                row.webhook_id == webhook_id
            )
        ).one()
        return sent, still, dead
