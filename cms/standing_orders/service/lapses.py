"""Lapses of standing orders: their time is over, a right is lost, or a rule of gauges is not what was agreed to."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert
from broadcast.standing_orders.model import AlertStandingOrder, AlertStandingOrderStatus, OrderEndCause
from cms.alerts.repository.alerts import Declarations
from cms.alerts.service.steps import undeclared
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service.orders import ended, save
from cms.standing_orders.service.sources import changed_rules
from province.areas import AreaTree
from province.call import Authority
from province.errors import NotAllowedError
from province.people import Action, Actor, program

RULE_CHANGED: Final = "rule_changed"
"""Cause of a suspension that no person made."""
_CLOCK: Final = program("clock")


def note_lapsed(uow: UnitOfWork, authority: Authority, *, now: datetime) -> int:
    """End the orders whose time is over or one of whose people lost the right over it; return how many lapsed.

    Those of which a rule of gauges has changed are suspended.
    """
    with uow:
        orders = uow[AlertStandingOrders].open()
        changed = changed_rules(uow, (each for each in orders if each.status is AlertStandingOrderStatus.AGREED))
        lapsed = 0
        for order in orders:
            cause = _lapse(uow, authority, order, now)
            if cause is not None:
                ended(uow, order, cause, _CLOCK, now)
            elif order.id in changed:
                _suspended(uow, order, now)
            lapsed += cause is not None or order.id in changed
        if lapsed:
            uow.commit()
    return lapsed


def has_rights(uow: UnitOfWork, authority: Authority, order: AlertStandingOrder) -> bool:
    """Return whether both people still hold the rights over it: to raise there, to approve and declare there."""
    tree = uow[Places].tree()
    if not _may(authority, uow[Declarations].actor(order.proposed_by), Action.ALERT_RAISE, order.pattern, tree):
        return False
    if order.agreed_by is None:
        return True
    second = uow[Declarations].actor(order.agreed_by)
    rights = uow[Declarations].of(second.user_id)
    level = AlertLevel.ONE if order.is_drill else order.pattern.level
    missing = undeclared(rights, level, order.pattern.audience.targets.areas, tree)
    return not missing and _may(authority, second, Action.ALERT_APPROVE, order.pattern, tree)


def _suspended(uow: UnitOfWork, old: AlertStandingOrder, now: datetime) -> None:
    """Suspend the order in nobody's name; a warning by the rule as it is now waits for people."""
    order = replace(
        old,
        status=AlertStandingOrderStatus.SUSPENDED,
        version=old.version + 1,
        suspended_by_name="",
        suspended_at=now,
    )
    save(uow, order, "suspended", _CLOCK, now, cause=RULE_CHANGED)


def _lapse(uow: UnitOfWork, authority: Authority, order: AlertStandingOrder, now: datetime) -> OrderEndCause | None:
    if order.bounds.valid_until_at <= now:
        return OrderEndCause.EXPIRED
    return None if has_rights(uow, authority, order) else OrderEndCause.LOST_RIGHT


def _may(authority: Authority, actor: Actor, action: Action, pattern: Alert, tree: AreaTree) -> bool:
    try:
        authority.require(actor, action, pattern.audience.targets.areas, tree)
    except NotAllowedError:
        return False
    return True
