"""Repository of webhook subscribers and of deliveries to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from cms.exchange.repository.outbound import CapDocument
from cms.exchange.tables.exchange import CapDocumentRow, WebhookDeliveryRow, WebhookRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository


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
