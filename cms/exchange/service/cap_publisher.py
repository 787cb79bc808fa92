"""CAP publisher: each order once as a signed CAP document, and once more if it was cancelled.

Built from the store, checked by our own check as any receiver would, stored, and queued for subscribers and stations in
one transaction. After a crash the order has no document, and the next look makes it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.cap.message import CapMessage
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances
from broadcast.alerts.model import AlertStatus, Audience
from broadcast.alerts.orders import Order
from cms.alerts.repository.alerts import Alerts
from cms.areas.repository import Places
from cms.exchange.cap.check import check
from cms.exchange.cap.writer import write
from cms.exchange.repository.outbound import END, CapDocument, CapDocuments
from cms.exchange.repository.webhooks import WebhookRecords
from cms.exchange.service.cap_messages import called_off, told
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.signer import MessageSigner
from cms.exchange.service.webhooks import deliveries_of
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork, UowFactory
from media.ports import ContentStore
from province.events import Event

log = logging.getLogger(__name__)

LOOKS_BACK: Final = timedelta(days=1)
"""An order missed for longer is history: a warning about it helps nobody."""


@dataclass(frozen=True)
class Publisher:
    """Publisher of documents. ``step`` publishes what is due. One process at a time."""

    uow: UowFactory
    content: ContentStore
    signer: MessageSigner
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def step(self) -> int:
        """Make the documents that are due, oldest order first, as updates refer to earlier ones; return how many."""
        now = self.now()
        with reading(self.uow.engine) as session:
            documents = CapDocuments(session)
            fresh = documents.unpublished(now, now - LOOKS_BACK)
        for order in fresh:
            self._publish(order, order.id)
        with reading(self.uow.engine) as session:
            over = CapDocuments(session).uncancelled(now - LOOKS_BACK)
        for order in over:
            self._publish(order, order.id + END)
        return len(fresh) + len(over)

    def _publish(self, order: Order, document_id: str) -> None:
        now = self.now()
        # Signing and checking take a while: not while holding the lock that a province's answers wait for.
        with reading(self.uow.engine) as session:
            message, signed, error = self._made(session, order, document_id, now)
        document = CapDocument(
            id=document_id,
            order_id=order.id,
            alert_id=order.alert_id,
            identifier=message.identifier,
            sender=message.sender,
            sent=message.sent,
            status=message.status,
            msg_type=message.msg_type,
            headline=order.headline,
            sha256=self.content.put_bytes(signed),
            expires_at=order.expires_at,
            made_at=now,
            error=error,
        )
        with (unit := self.uow()):
            unit[CapDocuments].add(document)
            if not error:
                self._address(unit, document, order, now)
            # Also if it is refused: stations must not go on with a document that it replaces.
            unit.outbox.add(OutboxKind.STATIONS, document_id)
            name = "refused" if error else "published"
            detail: dict[str, object] = {"document": document_id, "type": message.msg_type, "error": error}
            unit.record(Event(f"cap.{name}", order.alert_id, now, EXCHANGE, EXCHANGE, detail))
            unit.commit()

    def _address(self, unit: UnitOfWork, document: CapDocument, order: Order, now: datetime) -> None:
        webhooks = unit[WebhookRecords]
        subscribers = list(webhooks.all())
        is_drill = order.is_drill
        webhooks.deliver(deliveries_of(document.id, subscribers, is_drill=is_drill, now=now, new_id=self.new_id))

    def _made(self, session: Session, order: Order, document_id: str, now: datetime) -> tuple[CapMessage, bytes, str]:
        """Build and sign the message; return it with our check's error. A shape that fails the check is left out."""
        first = self._composed(session, order, document_id)
        signed, error = self._signed(first, now)
        if error and order.audience.has_shape:
            plain = self._composed(session, replace(order, audience=Audience(order.audience.targets)), document_id)
            signed, error = self._signed(plain, now)
        if error:
            log.error("document %s cannot be published as CAP: %s", document_id, error)
        return first, signed, error

    def _composed(self, session: Session, order: Order, document_id: str) -> CapMessage:
        documents, sender = CapDocuments(session), self.signer.sender
        if document_id.endswith(END):
            own = [each.key for each in documents.of_alert(order.alert_id) if each.order_id == order.id]
            return called_off(order, order.ended_at or self.now(), sender=sender, references=own)
        alert = Alerts(session).get(order.alert_id)
        before = [] if alert.updates_id is None else documents.of_alert(alert.updates_id)
        if alert.updates_id is not None and Alerts(session).get(alert.updates_id).status is AlertStatus.ACTIVE:
            # It ended in a part of its areas: a receiver that gets an update would drop it everywhere.
            before = []
        keys = [each.key for each in before]
        return told(order, alert, Places(session).tree(), sender=sender, references=keys)

    def _signed(self, message: CapMessage, now: datetime) -> tuple[bytes, str]:
        signed = self.signer.signed(write(message))
        judgement = check(signed, {self.signer.sender: self.signer.pin}, Circumstances(now))
        return signed, "" if judgement.verdict is CapVerdict.ACCEPT else judgement.code
