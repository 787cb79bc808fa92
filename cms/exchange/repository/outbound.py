"""Repositories of what goes out: CAP documents and their messages, and webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import aliased

from broadcast.alerts.cap.message import Reference
from broadcast.alerts.model import AlertId, AlertStatus
from broadcast.alerts.orders import Order
from cms.alerts.tables import AlertRow, OrderRow
from cms.exchange.model import END, CapDocument, Webhook, WebhookDelivery
from cms.exchange.tables import CapDocumentRow, WebhookDeliveryRow, WebhookRow
from cms.platform.store.insert_or_update import add_row, add_rows
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of, is_any, value_of
from cms.platform.store.uow import Repository


class CapDocuments(KeyedRepository[str, CapDocument], row=CapDocumentRow, noun="cap_document"):
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
        row = CapDocumentRow
        return self._list(row.alert_id == alert_id, row.error == "", order=(row.sent, row.id))

    def named(self, reference: Reference) -> CapDocument | None:
        row = CapDocumentRow
        return self._first(row.identifier == reference.identifier, row.sender == reference.sender)

    def latest(self, since_at: datetime, limit: int) -> Sequence[CapDocument]:
        """List the valid documents, newest first."""
        row = CapDocumentRow
        newest = (row.made_at.desc(), row.sent.desc(), row.id.desc())
        return self._list(row.error == "", row.made_at >= since_at, order=newest, limit=limit)

    def unpublished(self, now: datetime, since_at: datetime) -> Sequence[Order]:
        """List orders without a document that are in force, or were called off meanwhile; oldest first."""
        row = OrderRow
        lacks = select(row).outerjoin(CapDocumentRow, CapDocumentRow.id == row.id).where(CapDocumentRow.id.is_(None))
        counts = (row.issued_at >= since_at, row.expires_at > now)
        return self._listed(Order, lacks.where(*counts).order_by(row.issued_at, row.id))

    def is_any_in_force(self, now: datetime) -> bool:
        """Return whether an order is in force, whether or not it has a document."""
        return is_any(self._session, OrderRow.expires_at > now)

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
class Due:
    """Delivery with all that sending it takes. ``document`` None: of an event, which it holds itself."""

    delivery: WebhookDelivery
    webhook: Webhook
    document: CapDocument | None


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """Delivery as the log of a subscriber shows it. ``document`` None: of an event."""

    delivery: WebhookDelivery
    document: CapDocument | None


class WebhookRecords(Repository):
    def add(self, webhook: Webhook) -> None:
        self._session.execute(insert(WebhookRow), [columns_of(webhook)])

    def all(self) -> Sequence[Webhook]:
        """List the subscribers not removed, by name."""
        return self._listed(Webhook, select(WebhookRow).where(WebhookRow.removed_at.is_(None)).order_by("name"))

    def named(self, name: str) -> Webhook | None:
        return next((each for each in self.all() if each.name == name), None)

    def get(self, webhook_id: str) -> Webhook:
        """Return the subscriber, also one that was removed. Raises NotFoundError."""
        return self._got(Webhook, select(WebhookRow).where(WebhookRow.id == webhook_id), "webhook", webhook_id)

    def delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        """Return a delivery to this subscriber. Raises NotFoundError."""
        row = WebhookDeliveryRow
        query = select(row).where(row.id == delivery_id, row.webhook_id == webhook_id)
        return self._got(WebhookDelivery, query, "webhook_delivery", delivery_id)

    def log(self, webhook_id: str, after: str, limit: int) -> ResultPage[LoggedDelivery]:
        """List the deliveries to this subscriber, newest first; ``after``: the cursor of the page before."""
        row, document = WebhookDeliveryRow, CapDocumentRow
        query = select(row, document).outerjoin(document, document.id == row.document_id)
        query = query.where(row.webhook_id == webhook_id)
        if after:
            query = query.where(row.id < after)
        rows = self._session.execute(query.order_by(row.id.desc()).limit(limit + 1)).all()
        found = [LoggedDelivery(value_of(WebhookDelivery, one), _document(other)) for one, other in rows]
        return page_of(found, limit, lambda line: line.delivery.id)

    def remove(self, webhook: Webhook, at: datetime) -> None:
        """Remove the subscriber: nothing more is sent to it, and its name is free again."""
        gone = {"removed_at": at, "name": f"{webhook.id} {webhook.name}"[:200]}
        change(self._session, update(WebhookRow).where(WebhookRow.id == webhook.id).values(gone))

    def deliver(self, deliveries: Sequence[WebhookDelivery]) -> None:
        add_rows(self._session, WebhookDeliveryRow, map(columns_of, deliveries))

    def deliver_once(self, deliveries: Sequence[WebhookDelivery]) -> None:
        """Add the deliveries of events, without those of an event that the subscriber has one of."""
        for each in deliveries:
            add_row(self._session, WebhookDeliveryRow, columns_of(each))

    def is_any_open(self) -> bool:
        """Return whether a delivery is to be attempted, now or later."""
        row = WebhookDeliveryRow
        return is_any(self._session, and_(row.sent_at.is_(None), row.dead_at.is_(None)))

    def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """List the due deliveries, longest due first, to subscribers not removed."""
        row = WebhookDeliveryRow
        rows = self._session.execute(
            select(row, WebhookRow, CapDocumentRow)
            .join(WebhookRow, WebhookRow.id == row.webhook_id)
            .outerjoin(CapDocumentRow, CapDocumentRow.id == row.document_id)
            .where(row.sent_at.is_(None), row.dead_at.is_(None), row.due_at <= now, WebhookRow.removed_at.is_(None))
            .order_by(row.due_at, row.id)
            .limit(limit)
        )
        return [
            Due(
                value_of(WebhookDelivery, delivery),
                value_of(Webhook, webhook),
                _document(document),
            )
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


def _document(row: CapDocumentRow | None) -> CapDocument | None:
    return None if row is None else value_of(CapDocument, row)
