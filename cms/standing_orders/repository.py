"""Repositories of standing orders and of their firings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text, update

from broadcast.alerts.model import AlertId
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    Firing,
    FiringId,
)
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.platform.store.rows import change, columns_of
from cms.standing_orders.tables import AlertStandingOrderRow, FiringRow

_FIRING_LOCK: Final = 0x4C6F6146
_LIVING: Final = (AlertStandingOrderStatus.AGREED, AlertStandingOrderStatus.SUSPENDED)
_LISTED_MOST: Final = 500


class AlertStandingOrders(
    VersionedRepository[AlertStandingOrderId, AlertStandingOrder],
    row=AlertStandingOrderRow,
    noun="alert_standing_order",
):
    """Standing orders in every state."""

    def all(self) -> Sequence[AlertStandingOrder]:
        """List the orders, the newest first."""
        return self._list(
            order=(AlertStandingOrderRow.proposed_at.desc(), AlertStandingOrderRow.id), limit=_LISTED_MOST
        )

    def living(self) -> Sequence[AlertStandingOrder]:
        """List those that are agreed to, or suspended."""
        return self._list(AlertStandingOrderRow.status.in_(_LIVING), order=(AlertStandingOrderRow.id,))

    def open(self) -> Sequence[AlertStandingOrder]:
        """List those that have not ended."""
        return self._list(
            AlertStandingOrderRow.status != AlertStandingOrderStatus.ENDED, order=(AlertStandingOrderRow.id,)
        )

    def hold_firing_lock(self) -> None:
        """Let one process at a time decide on a warning, until its transaction ends (SQLite has one writer anyway)."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FIRING_LOCK})


class Firings(KeyedRepository[FiringId, Firing], row=FiringRow, noun="firing"):
    """Firings of all orders."""

    def since(self, at: datetime) -> Sequence[Firing]:
        """List the firings from then on, oldest first."""
        return self._list(FiringRow.fired_at >= at, order=(FiringRow.fired_at, FiringRow.id))

    def of(self, order_id: AlertStandingOrderId) -> Sequence[Firing]:
        """List the firings of an order, the newest first."""
        return self._list(FiringRow.order_id == order_id, order=(FiringRow.fired_at.desc(), FiringRow.id))

    def of_alert(self, alert_id: AlertId) -> Firing | None:
        return self._first(FiringRow.alert_id == alert_id)

    def save(self, firing: Firing) -> None:
        change(self._session, update(FiringRow).where(FiringRow.id == firing.id).values(columns_of(firing)))
