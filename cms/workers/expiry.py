"""What time brings: the end of orders, and the drills on the calendar. Asked every second, and mostly there is none."""

from __future__ import annotations

from datetime import datetime

from broadcast.errors import ConflictError
from broadcast.use_cases import drilling, ending
from cms.context import Context
from cms.store.alerts import SqlDrillPlans
from cms.store.engine import reading
from cms.store.orders import SqlOrders


def expire_due(context: Context, now: datetime) -> int:
    """End every open order that has expired, send every drill that is due; how many. No write lock where none is."""
    with reading(context.engine) as session:
        has_expired = any(order.expires_at <= now for order in SqlOrders(session).open())
        has_drills = bool(SqlDrillPlans(session).due(now))
    done = 0
    try:
        if has_expired:
            done += ending.expire_due(context.uow(), now=now)
        if has_drills:
            done += drilling.send_due(context.uow, now=now, new_id=context.new_id)
    except ConflictError:
        pass  # somebody did something to one in this very moment: the next turn does the rest
    return done
