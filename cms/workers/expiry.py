"""The end that time brings, written down once: asked every second, and mostly there is none."""

from __future__ import annotations

from datetime import datetime

from broadcast.errors import ConflictError
from broadcast.use_cases import ending
from cms.context import Context
from cms.store.engine import reading
from cms.store.orders import SqlOrders


def expire_due(context: Context, now: datetime) -> int:
    """End every open order that has expired; how many. Takes no write lock where there is none."""
    with reading(context.engine) as session:
        if not any(order.expires_at <= now for order in SqlOrders(session).open()):
            return 0
    try:
        return ending.expire_due(context.uow(), now=now)
    except ConflictError:
        return 0  # somebody ended one in this very moment: the next turn does the rest
