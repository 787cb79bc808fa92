"""Alerts sent again: orders and stops in force that one device missed, retries, and devices without a correct clock."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final

from broadcast.alerts.lifecycle import WAVES
from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import Order, OrderReach, Stop
from cms.alerts.messages.alerts import END_LASTS, AlertMessages, stop_valid_until
from cms.alerts.repository.orders import Orders
from cms.alerts.service.order_commands import command_of
from cms.areas.repository import Places
from cms.fleet.queries.overview import statuses
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.store.engine import reading
from devices.model import Device, DeviceId
from devices.protocol.messages import Command
from devices.protocol.verdict import is_meant
from province.areas import AreaId, AreaTree
from province.errors import NotFoundError
from province.events import Event

log = logging.getLogger(__name__)

NAMED_MAX: Final = 100
"""Number of silent devices named in the log; the page of the alert names all."""
EVERY_S: Final = 2.0
"""Every device receives the beacon: not once per refusal."""
TIMES: Final = 3
"""A device that refuses again after that has another problem than its clock."""

Refusal = tuple[DeviceId, str]


class AlertSync:
    """Snapshot for many devices, read once: every order and stop that was open, ended or issued within a day."""

    def __init__(self, orders: Orders, tree: AreaTree, letters: AlertMessages, now: datetime) -> None:
        self._letters = letters
        self._tree = tree
        self._now = now
        self.open = [order for order in orders.open() if order.may_be_sent(now)]
        ended = [order for order in orders.ended_since(now - END_LASTS) if now < order.expires_at]
        self._ended = [(order, order.ended_at) for order in ended if order.ended_at is not None]
        self._stops = [stop for stop in orders.stops_since(now - END_LASTS) if now < stop_valid_until(stop)]
        self._commands: dict[str, Command] = {}

    def missed(self, device: Device, held: Collection[str] = ()) -> Sequence[OutgoingMessage]:
        """Build the messages for a device that has just reconnected: ends first, then the open orders.

        Ends go first so that nothing withdrawn sounds. ``held``: ids of the orders that the device says it is still
        sounding, perhaps from its previous area.
        """
        chain = self._tree.chain(device.area_id)
        chain_set = frozenset(chain)
        meant = self.meant(device)
        # An update silently replaces its predecessor: if the end came first, the device would sound the alert again.
        replaced = {name for order in meant for name in order.replaces}
        ends = [
            self._letters.end_to(order, at, device.id, self._now)
            for order, at in self._ended
            if order.id not in replaced and self._concerns(order, device, chain)
        ]
        parts = [
            self._letters.part_end_to(order, end, device.id, self._now)
            for order in self.open
            for end in order.part_ends
            if order.id not in replaced and not chain_set.isdisjoint(end.areas)
        ]
        stops = [
            self._letters.stop_to(stop, device.id, self._now)
            for stop in self._stops
            if not set(stop.areas).isdisjoint(chain)
        ]
        apart = [
            *(
                self._letters.end_at(order, at, device.id, self._now)
                for order, at in self._ended
                if order.id in held and not self._concerns(order, device, chain)
            ),
            *(
                self._letters.lift_at(stop, device.id, self._now)
                for stop in self._stops
                if stop.lifts in held and set(stop.areas).isdisjoint(chain)
            ),
        ]
        return [
            *ends,
            *apart,
            *parts,
            *stops,
            *(self._letters.order_to(order, device.id, self._now) for order in meant),
        ]

    def meant(self, device: Device) -> Sequence[Order]:
        """Return the open orders that target this device and were not silenced in its area, oldest first."""
        chain = self._tree.chain(device.area_id)
        return [
            order
            for order in self.open
            if not is_silenced(order, self._stops, chain) and self._concerns(order, device, chain)
        ]

    def elsewhere(self, device: Device, held: Collection[str]) -> Sequence[str]:
        """Return ids of the held orders and stops that no longer target the device's area: they end by device id."""
        chain = self._tree.chain(device.area_id)
        orders = [order.id for order in self.open if order.id in held and not self._concerns(order, device, chain)]
        stops = [stop.id for stop in self._stops if stop.id in held and set(stop.areas).isdisjoint(chain)]
        return [*orders, *stops]

    def _concerns(self, order: Order, device: Device, chain: Collection[AreaId]) -> bool:
        """Return whether the device will match the order's target, as far as the server knows the device's location."""
        command = self._commands.get(order.id)
        if command is None:
            command = self._commands[order.id] = command_of(order)
        point = None if device.point is None else (device.point.lat, device.point.lon)
        return is_meant(command.target, device_id=device.id, areas=chain, groups=device.groups, point=point)


def is_silenced(order: Order, stops: Iterable[Stop], chain: Collection[AreaId]) -> bool:
    """Return whether a stop by an authorised person silenced the order here: a device that missed it is not sent it."""
    return any(
        stop.mutes_alerts and order.issued_at <= stop.at and not set(stop.areas).isdisjoint(chain) for stop in stops
    )


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

    @property
    def are_due_to_come(self) -> bool:
        return bool(self._rounds)

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
        with self._context.uow().urgent() as unit:
            unit[Orders].report([replace(reach, sent=due, changed_at=now) for reach in meant])
            if due == len(WAVES):
                # From here on people have to act: these devices did not answer three sends, or are offline.
                names = [reach.device_id for reach in silent[:NAMED_MAX]]
                detail: dict[str, object] = {"order": order.id, "count": len(silent), "devices": names}
                unit.record(Event("alert.unanswered", order.alert_id, now, "gateway", "gateway", detail))
            unit.commit()
        log.info("alert retry %d of order %s: sent to %d of %d silent devices", due, order.id, len(meant), len(silent))


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
