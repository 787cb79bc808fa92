"""Queries of firings: those that wait for their review, and the state of the alerts that they sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId, AlertStatus
from broadcast.gauges.model import GaugeRuleId
from broadcast.standing_orders.gauge_warnings import pinned_rules
from broadcast.standing_orders.model import AlertStandingOrder, AlertStandingOrderId, AlertStandingOrderStatus, Firing
from broadcast.user_tasks.model import OpenFiring
from cms.alerts.tables import AlertRow
from cms.platform.store.rows import among, value_of
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.tables import AlertStandingOrderRow, FiringRow

_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class FiredAlert:
    """Firing with the state of its alert now."""

    firing: Firing
    status: AlertStatus


def waiting_orders(session: Session) -> tuple[Sequence[AlertStandingOrder], Sequence[OpenFiring]]:
    """List the orders that wait for a second person, and the firings that wait for their review, in one query."""
    order, firing = AlertStandingOrderRow, FiringRow
    is_proposed = order.status == AlertStandingOrderStatus.PROPOSED
    query = (
        select(order, firing)
        .outerjoin(firing, and_(firing.order_id == order.id, firing.reviewed_at.is_(None)))
        .where(or_(is_proposed, firing.id.is_not(None)))
        .order_by(order.proposed_at, order.id, firing.fired_at, firing.id)
        .limit(_MOST)
    )
    orders: dict[AlertStandingOrderId, AlertStandingOrder] = {}
    firings: list[OpenFiring] = []
    for order_row, firing_row in session.execute(query):
        found = value_of(AlertStandingOrder, order_row)
        if found.status is AlertStandingOrderStatus.PROPOSED:
            orders[found.id] = found
        if firing_row is not None:
            fired = value_of(Firing, firing_row)
            firings.append(OpenFiring(found.id, found.pattern.headline, fired.audience.targets.areas, fired.fired_at))
    return list(orders.values()), firings


def orders_of_rules(session: Session, rule_ids: Collection[GaugeRuleId]) -> int:
    """Count the orders that name one of these rules of gauges and that have not ended."""
    orders = AlertStandingOrders(session).open() if rule_ids else ()
    return sum(any(rule_id in rule_ids for rule_id, _source in pinned_rules(each.bounds)) for each in orders)


def firing_counts(session: Session) -> dict[AlertStandingOrderId, int]:
    """Return how often each order has fired; without those that never did."""
    query = select(FiringRow.order_id, func.count()).group_by(FiringRow.order_id)
    return {order_id: count for order_id, count in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def fired_among(session: Session, alert_ids: Collection[AlertId]) -> frozenset[AlertId]:
    """Return those of the alerts that a standing order has sent."""
    return frozenset(session.scalars(select(FiringRow.alert_id).where(among(FiringRow.alert_id, alert_ids))))


def fired_alerts(session: Session, order_id: AlertStandingOrderId) -> Sequence[FiredAlert]:
    """List the firings of an order, the newest first, each with the state of its alert."""
    query = (
        select(FiringRow, AlertRow.status)
        .join(AlertRow, AlertRow.id == FiringRow.alert_id)
        .where(FiringRow.order_id == order_id)
        .order_by(FiringRow.fired_at.desc(), FiringRow.id)
        .limit(_MOST)
    )
    return [FiredAlert(value_of(Firing, row), status) for row, status in session.execute(query)]
