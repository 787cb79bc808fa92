"""Sound of a device in one boot: hands the core's effects to its player, by the hardware's own clock."""

from typing import Final

import msgspec

from devices.protocol.messages import Proof
from firmware_sim.core.effects import (
    SoundEffect,
)
from firmware_sim.physics.amplifier import Amplifier
from firmware_sim.sound.player import Player
from firmware_sim.sound.timed_card import Order

ORDERS_KEPT: Final = 16
INSTANTS: Final = ("at_ms", "until_ms")


class SoundOutput:
    """Player of one boot, and its recent orders. ``clock_off_ms``: error of the hardware's clock.

    ``amplifier`` is driven by the player's sound; None for a board, which has none and measures nothing.
    """

    def __init__(self, player: Player, clock_off_ms: int, amplifier: Amplifier | None) -> None:
        self.player = player
        self._amplifier = amplifier
        self._clock_off_ms = clock_off_ms
        self._orders: dict[str, Order] = {}

    def order(self, item: str) -> Order | None:
        """Return the order for this item, if it is recent."""
        return self._orders.get(item)

    def proof(self, item: str) -> Proof | None:
        """Return the measurements of amplifier and microphone for an item; None: its order is not kept any more."""
        order = self._orders.get(item)
        if order is None:
            return None
        return self.measured((self.player.level(item) or 0.0) * order.volume_pct / 100)

    def measured(self, loudness: float) -> Proof | None:
        """Return the device's measurements at this loudness; 0: of silence."""
        return None if self._amplifier is None else self._amplifier.proof(loudness)

    def close(self) -> None:
        self.player.close()
        self._orders.clear()

    def idle_proof(self) -> Proof | None:
        """Return the device's measurements of silence."""
        return self.measured(0.0)

    def do(self, effect: SoundEffect) -> None:
        """Carry out a sound effect, its instants by true time."""
        order = self._in_true_time(effect)
        if isinstance(order, Order):
            self._remember(order)
        self.player.do(order)

    def _in_true_time(self, effect: SoundEffect) -> SoundEffect:
        instants = {name: getattr(effect, name) - self._clock_off_ms for name in INSTANTS if hasattr(effect, name)}
        return msgspec.structs.replace(effect, **instants) if instants else effect

    def _remember(self, order: Order) -> None:
        """Keep an order for the ground truth log; only recent ones are still needed."""
        self._orders.pop(order.item, None)
        self._orders[order.item] = order
        while len(self._orders) > ORDERS_KEPT:
            del self._orders[next(iter(self._orders))]
