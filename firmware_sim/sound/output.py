"""Sound of a device in one boot: hands the core's effects to its player, by the hardware's own clock."""

from typing import Final, assert_never

import msgspec

from devices.protocol.messages import Proof
from firmware_sim.core.effects import (
    CloseStream,
    ExtendTrack,
    FeedRelay,
    OpenStream,
    PlayLive,
    Prepare,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
)
from firmware_sim.host.device_host import SoundEffect
from firmware_sim.host.ground_truth import Order
from firmware_sim.physics.amplifier import Amplifier
from firmware_sim.sound.player import Player

ORDERS_KEPT: Final = 16


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
        """Carry out a sound effect."""
        match effect:
            case Prepare():
                self.player.ready(effect.sha256)
            case StartSound():
                order = msgspec.structs.replace(effect, at_ms=effect.at_ms - self._clock_off_ms)
                self._remember(order)
                self.player.start(order)
            case StartTrack():
                track = msgspec.structs.replace(effect, at_ms=effect.at_ms - self._clock_off_ms)
                self._remember(track)
                self.player.start_track(track)
            case ExtendTrack():
                self.player.extend(effect)
            case StopSound():
                self.player.stop(effect.item)
            case StartLive() | PlayLive():
                self._speak(effect)
            case _:
                self._relay(effect)

    def _speak(self, effect: StartLive | PlayLive) -> None:
        due = msgspec.structs.replace(effect, at_ms=effect.at_ms - self._clock_off_ms)
        match due:
            case StartLive():
                self._remember(due)
                self.player.start_live(due)
            case PlayLive():
                self.player.play_live(due)
            case _:
                assert_never(due)

    def _relay(self, effect: OpenStream | CloseStream | StartRelay | FeedRelay) -> None:
        match effect:
            case OpenStream():
                self.player.open_stream(effect)
            case CloseStream():
                self.player.close_stream(effect.item)
            case StartRelay():
                off_ms = self._clock_off_ms
                order = msgspec.structs.replace(effect, at_ms=effect.at_ms - off_ms, until_ms=effect.until_ms - off_ms)
                self._remember(order)
                self.player.start_relay(order)
            case FeedRelay():
                self.player.feed(effect)
            case _:
                assert_never(effect)

    def _remember(self, order: Order) -> None:
        """Keep an order for the ground truth log; only recent ones are still needed."""
        self._orders.pop(order.item, None)
        self._orders[order.item] = order
        while len(self._orders) > ORDERS_KEPT:
            del self._orders[next(iter(self._orders))]
