"""Orders and stops in force at one moment, as the store holds them, and the messages that one device missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from broadcast.alerts.orders import Order, Stop
from cms.alerts.messages.alerts import END_LASTS, AlertMessages, command_of, stop_valid_until
from cms.alerts.repository.orders import Orders
from cms.platform.gateway.messages import OutgoingMessage
from devices.model import Device
from devices.protocol.messages import Command
from devices.protocol.verdict import is_meant
from province.areas import AreaId, AreaTree


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
        sounding, perhaps from its previous area. A stop is left out if an order that it must not silence is newer.
        """
        chain = self._tree.chain(device.area_id)
        chain_set = frozenset(chain)
        meant = self.meant(device)
        # An update silently replaces its predecessor: if the end came first, the device would sound the alert again.
        replaced = {name for order in meant for name in order.replaces}
        since_at = max((order.issued_at for order in meant), default=None)
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
            and (not stop.mutes_alerts or since_at is None or since_at < stop.at)
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
