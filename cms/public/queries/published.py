"""Published alerts and bulletins: past alerts, and what went out by channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertKind
from broadcast.alerts.orders import Order
from broadcast.bulletins.model import BulletinId
from broadcast.reports.model import Span
from cms.alerts.tables import OrderRow
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.exchange.model import CapDocument, WebhookDelivery
from cms.exchange.tables import CapDocumentRow, WebhookDeliveryRow, WebhookRow
from cms.platform.store.paging import ResultPage, cursor_at, page_by_time, page_of
from cms.platform.store.rows import among, value_of
from cms.platform.store.tables import OutboxRow
from cms.reports.repository.reports import bounds_of
from province.wall_clock import local_date


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
    found = session.scalars(page_by_time(select(row), row.made_at, row.id, after, limit))
    documents = [value_of(CapDocument, each) for each in found]
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
        found.setdefault(str(row.document_id), []).append(
            DocumentDelivery(value_of(WebhookDelivery, row), name.removeprefix(f"{row.webhook_id} "), url)
        )
    return found


def _stations(session: Session, ids: Sequence[str]) -> dict[str, datetime | None]:
    rows = session.execute(
        # The same text as in the index, or the index is not used.
        select(OutboxRow.subject_id, OutboxRow.sent_at).where(text("kind = 'stations'"), OutboxRow.subject_id.in_(ids))
    )
    return {row.subject_id: row.sent_at for row in rows}


def past_alerts(session: Session, span: Span, now: datetime) -> list[Order]:
    """List the past alerts sent on the local dates of the span, the latest first."""
    since_at, until_at = bounds_of(span.first_on, span.last_on)
    row = OrderRow
    within = (row.issued_at >= since_at, row.issued_at < until_at)
    query = select(row).where(*within, *_is_past(now)).order_by(row.issued_at.desc(), row.id.desc())
    return [value_of(Order, each) for each in session.scalars(query)]


def first_alert_on(session: Session, now: datetime) -> date | None:
    """Return the local date on which the first past alert was sent."""
    first_at = session.scalar(select(func.min(OrderRow.issued_at)).where(*_is_past(now)))
    return None if first_at is None else local_date(first_at)


def past_documents(session: Session, since_at: datetime, now: datetime, limit: int) -> Sequence[CapDocument]:
    """List the valid CAP documents of past alerts sent since then, and of their ends; made last first."""
    row = CapDocumentRow
    query = (
        select(row)
        .join(OrderRow, OrderRow.id == row.order_id)
        .where(row.error == "", OrderRow.issued_at >= since_at, *_is_past(now))
        .order_by(row.made_at.desc(), row.id.desc())
        .limit(limit)
    )
    return [value_of(CapDocument, each) for each in session.scalars(query)]


def approved_at(session: Session, ids: Collection[BulletinId]) -> Mapping[BulletinId, datetime]:
    """Return when each of these bulletins was approved last."""
    row = TransmissionRow
    query = select(row.bulletin_id, func.max(row.approved_at)).where(among(row.bulletin_id, sorted(set(ids))))
    return {bulletin_id: at for bulletin_id, at in session.execute(query.group_by(row.bulletin_id))}  # noqa: C416 - rows are no pairs to mypy


def _is_past(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OrderRow.kind != AlertKind.DRILL, or_(OrderRow.ended_at.is_not(None), OrderRow.expires_at <= now)
