"""Orders as the alert publisher sees them in one turn."""

from functools import cached_property
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.lifecycle import urgency
from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import Order
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import OutboxMessage
from province.areas import AreaTree

_FIRST: Final = (False, False, -10)
_LAST: Final = (True, True, 0)
"""Urgency of what ends a sound, and of what comes after all: the end of a replaced order, and the canary's alert."""


class OrdersNow:
    """Orders of one moment: those in force read once for all rows, and the areas once they are needed."""

    def __init__(self, session: Session) -> None:
        self.all = Orders(session)
        self.open = self.all.open()
        self._session = session
        self._by_id = {order.id: order for order in self.open}
        self._replaced = {name for order in self.open for name in order.replaces}

    def get(self, name: str) -> Order:
        """Raises NotFoundError."""
        return self._by_id.get(OrderId(name)) or self.all.get(OrderId(name))

    @cached_property
    def tree(self) -> AreaTree:
        return Places(self._session).tree()

    def urgency_of(self, row: OutboxMessage) -> tuple[bool, bool, int]:
        """Sort key, most urgent first: ends and stops, warnings by level, all-clears, drills, ends of the replaced."""
        if row.kind is OutboxKind.ALERT:
            order = self._by_id.get(OrderId(row.subject_id))
            return _FIRST if order is None else urgency(order)
        return _LAST if row.kind is OutboxKind.CANARY or row.subject_id in self._replaced else _FIRST
