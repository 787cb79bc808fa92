"""Alert retries: the order again to devices that have not answered, after 5 s and after 20 s, by device id."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.alerts.lifecycle import WAVES
from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import Order, OrderReach
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.sync import is_silenced
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.fleet.queries.overview import statuses
from cms.platform.context import Context
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.store.engine import reading
from province.errors import NotFoundError
from province.events import Event

log = logging.getLogger(__name__)

NAMED_MAX: Final = 100
"""Number of silent devices named in the log; the page of the alert names all."""


@dataclass(slots=True)
class _Round:
    began_at: datetime
    done: int = 0


class AlertRetries:
    """Retries counted from the moment an order was sent.

    After a restart every open order begins again: devices that were sent it as often as the retry asks
    (``OrderReach.sent``) are skipped, so that none gets a retry twice.
    """

    def __init__(self, context: Context, link: BrokerLink, letters: AlertMessages) -> None:
        self._context = context
        self._link = link
        self._letters = letters
        self._rounds: dict[OrderId, _Round] | None = None

    def begin(self, order: Order, at: datetime) -> None:
        self._known()[order.id] = _Round(at)

    def step(self) -> None:
        """Send the retries that are due. Raises LinkError."""
        if not self._link.is_ready:
            return
        now = self._context.now()
        for order_id, wave in list(self._known().items()):
            due = sum(1 for after in WAVES if now - wave.began_at >= after)
            if due > wave.done:
                self._send(order_id, due, now)
                wave.done = due
            if wave.done == len(WAVES):
                self._known().pop(order_id)

    def _known(self) -> dict[OrderId, _Round]:
        if self._rounds is None:
            now = self._context.now()
            with reading(self._context.engine) as session:
                self._rounds = {order.id: _Round(now) for order in Orders(session).open()}
        return self._rounds

    def _send(self, order_id: OrderId, due: int, now: datetime) -> None:
        with reading(self._context.engine) as session:
            orders = Orders(session)
            try:
                order = orders.get(order_id)
            except NotFoundError:
                return
            if not order.may_be_sent(now):
                return
            stops, tree = orders.stops_since(order.issued_at), Places(session).tree()
            silent = [
                reach for reach in orders.waiting(order_id) if not is_silenced(order, stops, tree.chain(reach.area_id))
            ]
            online = statuses(session, [reach.device_id for reach in silent])
        meant = [
            reach
            for reach in silent
            if reach.sent < due and (status := online.get(reach.device_id)) is not None and status.online
        ]
        for reach in meant:
            post(self._link, self._letters.order_to(order, reach.device_id, now))
        self._write_down(order, silent, meant, due, now)

    def _write_down(
        self, order: Order, silent: Sequence[OrderReach], meant: Sequence[OrderReach], due: int, now: datetime
    ) -> None:
        if not silent:
            return
        with self._context.uow() as unit:
            unit[Orders].report([replace(reach, sent=due, changed_at=now) for reach in meant])
            if due == len(WAVES):
                # From here on people have to act: these devices did not answer three sends, or are offline.
                names = [reach.device_id for reach in silent[:NAMED_MAX]]
                detail: dict[str, object] = {"order": order.id, "count": len(silent), "devices": names}
                unit.record(Event("alert.unanswered", order.alert_id, now, "gateway", "gateway", detail))
            unit.commit()
        log.info("alert retry %d of order %s: sent to %d of %d silent devices", due, order.id, len(meant), len(silent))
