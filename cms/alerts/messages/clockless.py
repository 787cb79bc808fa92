"""Devices without a correct clock: resend the time, then the alert that they refused because of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Final

from broadcast.alerts.orders import Order
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.repository.orders import Orders
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.store.engine import reading
from devices.model import DeviceId

EVERY_S: Final = 2.0
"""Every device receives the beacon: not once per refusal."""
TIMES: Final = 3
"""A device that refuses again after that has another problem than its clock."""

Refusal = tuple[DeviceId, str]


class Clockless:
    """Resender of refused orders. ``ask`` from any thread; ``step`` sends what is due."""

    def __init__(
        self,
        context: Context,
        link: BrokerLink,
        letters: MessageBuilder,
        alerts: AlertMessages,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._context = context
        self._link = link
        self._letters = letters
        self._alerts = alerts
        self._monotonic_s = monotonic_s
        self._asked: SimpleQueue[Refusal] = SimpleQueue()
        self._told: Counter[Refusal] = Counter()
        self._due_s = 0.0

    def ask(self, refusals: Iterable[Refusal]) -> None:
        """Queue these refusals: device and order."""
        for refusal in refusals:
            self._asked.put(refusal)

    def step(self) -> None:
        """Publish the time, then the orders still open to the devices that refused them. Raises LinkError."""
        if self._asked.empty() or self._monotonic_s() < self._due_s or not self._link.is_ready:
            return
        self._due_s = self._monotonic_s() + EVERY_S
        now = self._context.now()
        with reading(self._context.engine) as session:
            orders: dict[str, Order] = {each.id: each for each in Orders(session).open() if each.may_be_sent(now)}
        self._told = Counter({each: times for each, times in self._told.items() if each[1] in orders})
        meant = [each for each in self._drained() if each[1] in orders and self._told[each] < TIMES]
        if not meant:
            return
        post(self._link, self._letters.beacon(now))
        for device_id, order_id in meant:
            self._told[device_id, order_id] += 1
            post(self._link, self._alerts.order_to(orders[order_id], device_id, now))

    def _drained(self) -> Iterable[Refusal]:
        found: dict[Refusal, None] = {}
        try:
            while True:
                found[self._asked.get_nowait()] = None
        except Empty:
            return found
