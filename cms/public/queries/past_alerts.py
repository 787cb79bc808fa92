"""Past alerts for the public pages. Drills are left out: they warned of nothing."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertKind
from broadcast.alerts.orders import Order
from broadcast.reports.model import Span
from cms.alerts.tables import OrderRow
from cms.exchange.repository.outbound import CapDocument
from cms.exchange.tables.exchange import CapDocumentRow
from cms.platform.store.rows import value_of
from cms.reports.repository.counted_days import bounds_of
from province.wall_clock import local_date


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


def _is_past(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OrderRow.kind != AlertKind.DRILL, or_(OrderRow.ended_at.is_not(None), OrderRow.expires_at <= now)
