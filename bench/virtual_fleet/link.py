"""Link of a device in virtual time: the promises of ``network.link``, and its silence where nothing passes."""

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from bench.fault_injection.conditions import LinkConditions
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.timeline import Appointment, Timeline
from devices.protocol.limits import KEEP_ALIVE_S
from firmware_sim.core.effects import Publish
from firmware_sim.network.link import STEADY_S, LinkReceiver
from firmware_sim.network.outgoing import UNSENT_MAX

RECONNECT_MS: Final = (1_000, 120_000)
PING_MS: Final = KEEP_ALIVE_S * 750
"""As the real link: a ping after three quarters of the keep-alive; dead if two were not answered."""
TIME_EVERY_MS: Final = 3_600_000
"""A beacon changes nothing for a device whose clock is right: it gets one an hour, to save the simulator's time. A
device that does not know the time, or is wrong, gets every one.
"""


class VirtualLink:
    """Link: ``start`` at power-on, ``stop`` at power-off. ``carried`` is called with the bytes that passed."""

    def __init__(
        self,
        client_id: str,
        listener: LinkReceiver,
        *,
        timeline: Timeline,
        broker: VirtualBroker,
        network: LinkConditions,
        dice: random.Random,
        carried: Callable[[int], object] = lambda _: None,
    ) -> None:
        self.client_id = client_id
        self.network = network
        self.connects = 0
        self.needs_time: Callable[[], bool] = lambda: False
        self._listener = listener
        self._timeline = timeline
        self._broker = broker
        self._dice = dice
        self._carried = carried
        self._unsent: deque[Publish] = deque(maxlen=UNSENT_MAX)
        self._is_on = False
        self._is_held = False
        self._epoch = 0
        self._failures = 0
        self._connected_ms = 0
        self._pending: list[Appointment] = []
        self._broker_notice: Appointment | None = None
        self._up_free_ms = 0
        self._down_free_ms: dict[str, int] = {}
        self._time_due_ms = 0
        self.is_online = False

    def start(self) -> None:
        """Connect, again and again: power is on."""
        self._is_on = True
        self._failures = 0
        self._try_later()

    def stop(self) -> None:
        """Stop without DISCONNECT and forget unsent messages: power is off. The broker finds out by silence."""
        was_online, self.is_online = self.is_online, False
        self._is_on = False
        self._epoch += 1
        self._cancel()
        self._unsent.clear()
        if was_online:
            self._broker_notices()

    def reset(self) -> None:
        """End the connection from between, as a carrier does: both ends know at once."""
        if self.is_online:
            self._broker.disconnected(self)
            self.ended()

    def publish(self, message: Publish) -> None:
        if message.qos:
            self._unsent.append(message)
            self._flush()
        elif self.is_online and not self.network.is_cut:
            self._send(message)

    def subscribe(self, topics: Iterable[tuple[str, int]]) -> None:
        """Subscribe within the instant of connecting: the broker has it before anything is sent."""
        if self.is_online:
            self._broker.subscribe(self.client_id, topics)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """Unsubscribe within the instant, as with ``subscribe``."""
        if self.is_online:
            self._broker.unsubscribe(self.client_id, topics)

    def network_changed(self) -> None:
        """Apply a change of ``network``. If it stays cut, the time-outs of both ends go on and do not begin again."""
        if not self.is_online or (self.network.is_cut and self._is_held):
            return
        self._is_held = self.network.is_cut
        self._cancel()
        if self._broker_notice is not None:
            self._broker_notice.cancel()
        if self.network.is_cut:
            last_heard_ms = self._dice.uniform(0, PING_MS)
            self._pending.append(self._timeline.after(3 * PING_MS - last_heard_ms, self.reset))
            self._broker_notices(last_heard_ms)
            return
        if not self._broker.has(self):
            self.ended()  # the broker gave it up meanwhile, and refuses the first packet
            return
        self._flush()
        self._broker.flush(self.client_id)
        self._forgotten_by_nat()

    # Calls of the broker.

    def carry(self, topic: str, payload: bytes, qos: int) -> bool:
        if self.network.is_cut:
            return False
        epoch = self._epoch
        lane = topic if self.network.is_unordered else ""
        at_ms = max(self._down_free_ms.get(lane, 0), self._timeline.now_ms + self.network.late_ms(self._dice))
        self._down_free_ms[lane] = at_ms
        self._timeline.at(at_ms, lambda: self._arrive(epoch, topic, payload, qos))
        return True

    def ended(self) -> None:
        """End this connection, known to the device."""
        if not self.is_online:
            return
        self.is_online = False
        self._epoch += 1
        self._cancel()
        is_steady = self._timeline.now_ms - self._connected_ms >= STEADY_S * 1000
        self._failures = 0 if is_steady else self._failures + 1
        self._listener.disconnected()
        self._try_later()

    def wants_time(self) -> bool:
        now_ms = self._timeline.now_ms
        if now_ms < self._time_due_ms and not self.needs_time():
            return False
        self._time_due_ms = now_ms + TIME_EVERY_MS
        return True

    def _try_later(self) -> None:
        least_ms, most_ms = RECONNECT_MS
        bound_ms = min(most_ms, least_ms * 2 ** min(self._failures, 10))
        self._pending.append(self._timeline.after(self._dice.uniform(0, bound_ms), self._try))

    def _try(self) -> None:
        self._pending.clear()
        if not self._is_on:
            return
        if self.network.is_cut or self._broker.is_down:
            self._failures += 1
            self._try_later()
            return
        epoch = self._epoch
        will = self._listener.will()
        if epoch != self._epoch or not self._is_on:
            return  # handling ``Connecting`` switched the device off
        self._connected_ms = self._timeline.now_ms
        self._epoch += 1
        self.connects += 1
        self._time_due_ms = 0
        if self._broker_notice is not None:
            self._broker_notice.cancel()
        self._broker.connect(self, will)
        self._is_held = False
        self.is_online = True
        self._listener.connected()
        if self.is_online:
            self._flush()
            self._broker.flush(self.client_id)
            self._forgotten_by_nat()

    def _flush(self) -> None:
        while self.is_online and self._unsent and not self.network.is_cut:
            message = self._unsent.popleft()
            self._send(message)
            if self.network.is_doubled:
                self._send(message)

    def _send(self, message: Publish) -> None:
        """Send in order; on a sound network the message arrives at once, to save the simulator's time."""
        self._carried(len(message.body) + len(message.topic))
        now_ms = self._timeline.now_ms
        if not self.network.loss and not self.network.delay_ms and self._up_free_ms <= now_ms:
            self._broker.take(self.client_id, message)
            return
        self._up_free_ms = max(self._up_free_ms, now_ms + self.network.late_ms(self._dice))
        self._timeline.at(self._up_free_ms, lambda: self._broker.take(self.client_id, message))

    def _arrive(self, epoch: int, topic: str, payload: bytes, qos: int) -> None:
        if epoch != self._epoch or self.network.is_cut:
            self._broker.keep(self.client_id, topic, payload, qos)
            return
        self._carried(len(payload) + len(topic))
        self._listener.message(topic, payload)
        if self.network.is_doubled and qos and epoch == self._epoch:
            self._listener.message(topic, payload)

    def _broker_notices(self, last_heard_ms: float | None = None) -> None:
        """Let the broker find the loss after one and a half keep-alives without a packet."""
        if last_heard_ms is None:
            last_heard_ms = self._dice.uniform(0, PING_MS)
        self._broker_notice = self._timeline.after(
            KEEP_ALIVE_S * 1500 - last_heard_ms, lambda: self._broker.disconnected(self)
        )

    def _forgotten_by_nat(self) -> None:
        """Reset at the next ping where the carrier has forgotten the connection."""
        if self.network.nat_idle_s and self.network.nat_idle_s * 1000 < PING_MS:
            self._pending.append(self._timeline.after(PING_MS, self.reset))

    def _cancel(self) -> None:
        for appointment in self._pending:
            appointment.cancel()
        self._pending.clear()
