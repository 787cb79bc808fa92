"""Repository of the CAP documents we publish, and of orders still to be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from broadcast.alerts.cap.message import Reference
from broadcast.alerts.model import AlertId, AlertStatus, OrderId
from broadcast.alerts.orders import Order
from cms.alerts.tables import AlertRow, OrderRow
from cms.exchange.tables.exchange import CapDocumentRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import value_of

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
