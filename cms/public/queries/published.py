"""Published CAP documents for the screens, and their delivery to subscribers and stations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from cms.exchange.repository.outbound import CapDocument
from cms.exchange.repository.webhooks import WebhookDelivery
from cms.exchange.tables.exchange import CapDocumentRow, WebhookDeliveryRow, WebhookRow
from cms.platform.store.paging import ResultPage, cursor_at, page_of, read_cursor_at
from cms.platform.store.rows import value_of
from cms.platform.store.tables import OutboxRow


@dataclass(frozen=True, slots=True)
class DocumentDelivery:
    """Delivery of one document to one subscriber; ``url`` is the subscriber's."""

    delivery: WebhookDelivery
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Published:
    """Document; with an ``error`` our own check refused it, and it was not delivered.

    ``stations_at`` is when the broker had it for every station it concerns; None: not yet, or forgotten meanwhile.
    """

    document: CapDocument
    told: Sequence[DocumentDelivery]
    stations_at: datetime | None
    is_for_stations: bool


def published_list(session: Session, *, after: str = "", limit: int = 30) -> ResultPage[Published]:
    """List documents, made last first."""
    row = CapDocumentRow
    query = select(row).order_by(row.made_at.desc(), row.id.desc()).limit(limit + 1)
    place = read_cursor_at(after)
    if place is not None:
        query = query.where(tuple_(row.made_at, row.id) < tuple_(*place))
    documents = [value_of(CapDocument, each) for each in session.scalars(query)]
    page = page_of(documents, limit, lambda document: cursor_at(document.made_at, document.id))
    ids = [document.id for document in page.rows]
    told, stations = _told(session, ids), _stations(session, ids)
    rows = [Published(each, told.get(each.id, ()), stations.get(each.id), each.id in stations) for each in page.rows]
    return ResultPage(rows, page.next_cursor)


def _told(session: Session, ids: Sequence[str]) -> dict[str, list[DocumentDelivery]]:
    found: dict[str, list[DocumentDelivery]] = {}
    rows = session.execute(
        select(WebhookDeliveryRow, WebhookRow.name, WebhookRow.url)
        .join(WebhookRow, WebhookRow.id == WebhookDeliveryRow.webhook_id)
        .where(WebhookDeliveryRow.document_id.in_(ids))
        .order_by(WebhookRow.name, WebhookDeliveryRow.id)
    )
    for row, name, url in rows:
        # The name of a removed subscriber is kept behind its id.
        found.setdefault(row.document_id, []).append(
            DocumentDelivery(value_of(WebhookDelivery, row), name.removeprefix(f"{row.webhook_id} "), url)
        )
    return found


def _stations(session: Session, ids: Sequence[str]) -> dict[str, datetime | None]:
    rows = session.execute(
        # The same text as in the index, or the index is not used.
        select(OutboxRow.subject_id, OutboxRow.sent_at).where(text("kind = 'stations'"), OutboxRow.subject_id.in_(ids))
    )
    return {row.subject_id: row.sent_at for row in rows}
