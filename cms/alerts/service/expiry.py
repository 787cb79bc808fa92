"""Expiry: ends of orders and of alerts that waited too long, and drills that are due. Loaded by the gateway."""

from datetime import datetime

from sqlalchemy.orm import Session

from cms.alerts.repository.alerts import Alerts, DrillPlans
from cms.alerts.repository.orders import Orders
from cms.alerts.service import drills, ends
from cms.platform.context import Context
from cms.platform.signer.officers import officers_in
from cms.platform.store.engine import reading
from province.errors import ConflictError


def is_any_to_expire(session: Session) -> bool:
    """Return whether something may end or begin by time alone, now or later."""
    return bool(Orders(session).open() or Alerts(session).submitted() or DrillPlans(session).is_any_ahead())


def expire_due(context: Context, now: datetime) -> int:
    """End orders and unapproved alerts that have expired, and send drills that are due; return how many.

    Takes no write lock if there is nothing to do.
    """
    with reading(context.engine) as session:
        has_expired = any(order.expires_at <= now for order in Orders(session).open())
        has_waited = any(alert.expires_at <= now for alert in Alerts(session).submitted())
        has_drills = bool(DrillPlans(session).due(now))
    done = 0
    try:
        if has_expired:
            done += ends.expire_due(context.uow(), now=now)
        if has_waited:
            done += ends.expire_waiting(context.uow(), now=now)
        if has_drills:
            known = officers_in(context.keyring.trust).current()
            done += drills.send_due(context.uow, now=now, new_id=context.new_id, known=known)
    except ConflictError:
        pass  # changed by somebody else at this moment: the next turn does the rest
    return done
