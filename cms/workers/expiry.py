"""The end that time brings: written down once, so that what is kept for an order is cleared."""

from __future__ import annotations

from datetime import datetime

from broadcast.ports import OutboxKind
from cms.context import Context
from cms.store.engine import reading
from cms.store.orders import SqlOrders


def expire_due(context: Context, now: datetime) -> int:
    """End every open order that has expired; how many. Takes no write lock where there is none."""
    with reading(context.engine) as session:
        over = [order.id for order in SqlOrders(session).open() if order.expires_at <= now]
    if not over:
        return 0
    with context.uow() as unit:
        for order_id in over:
            unit.orders.end(order_id, now)
            unit.outbox.add(OutboxKind.ALERT_END, order_id)
        unit.commit()
    return len(over)
