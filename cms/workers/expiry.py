"""What time brings: the end of orders and of waiting, and the drills on the calendar. Asked every second."""

from __future__ import annotations

from datetime import datetime

from broadcast.use_cases import drilling, ending
from cms.context import Context
from cms.store.alerts import SqlAlerts, SqlDrillPlans
from cms.store.engine import reading
from cms.store.orders import SqlOrders
from province.errors import ConflictError


def expire_due(context: Context, now: datetime) -> int:
    """End every order, and every alert nobody approved, that has expired; send every drill that is due. How many.

    No write lock where there is nothing to do.
    """
    with reading(context.engine) as session:
        has_expired = any(order.expires_at <= now for order in SqlOrders(session).open())
        has_waited = any(alert.expires_at <= now for alert in SqlAlerts(session).submitted())
        has_drills = bool(SqlDrillPlans(session).due(now))
    done = 0
    try:
        if has_expired:
            done += ending.expire_due(context.uow(), now=now)
        if has_waited:
            done += ending.expire_waiting(context.uow(), now=now)
        if has_drills:
            done += drilling.send_due(context.uow, now=now, new_id=context.new_id)
    except ConflictError:
        pass  # somebody did something to one in this very moment: the next turn does the rest
    return done
