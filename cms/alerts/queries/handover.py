"""Hand-over of an approved order to the gateway: until then no loudspeaker knows of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.alerts.model import OrderId
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.tables import OutboxRow


def waits_since(session: Session, order_id: OrderId) -> datetime | None:
    """Return since when the order, or its end, waits for the gateway; None: the broker has acknowledged all of it."""
    kinds = (OutboxKind.ALERT, OutboxKind.ALERT_END)
    return session.scalar(
        select(OutboxRow.created_at)
        .where(OutboxRow.sent_at.is_(None), OutboxRow.subject_id == order_id, OutboxRow.kind.in_(kinds))
        .order_by(OutboxRow.id)
        .limit(1)
    )
