"""MQTT link of a device: reconnects without end, keeps QoS 1 promises, and never lets a crowd connect at once."""

import asyncio
import logging
import random
import ssl
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, assert_never

from devices import mqtt_codec
from devices.protocol.broker_choice import Address, BrokerChoice
from devices.protocol.limits import KEEP_ALIVE_S, RECEIVE_MAXIMUM, SESSION_EXPIRY_S, WILL_DELAY_S
from devices.protocol.messages import Desired
from firmware_sim.core.effects import Publish
from firmware_sim.network.outgoing import Outgoing
from firmware_sim.network.shaping import LinkShaper
from firmware_sim.network.tls import TlsConnection, open_connection

HANDSHAKE_TIMEOUT_S: Final = 30.0
MOVE_ON_S: Final = 10.0
"""Deadline of an attempt where there are other brokers: a frozen one accepts connections and answers none."""
HOME_AFTER_S: Final = (600.0, 1_200.0)
"""A device looks after its first broker once in this time, at random: those that moved return spread over minutes."""
CONNECTS_IN_FLIGHT: Final = 80
"""Below 100: beyond that the broker's listen backlog drops connections."""
STEADY_S: Final = 30.0
"""A connection that ends sooner counts as failed: two devices with one identity disconnect each other, and without a
growing pause they would do so twice a second. A carrier that forgets connections shows at the first ping, at 45 s.
"""
ACKNOWLEDGE_WITHIN_MS: Final = 1_000
"""A device's PUBACKs wait for its own share of this: they must not come while a broker still sends to thousands (at
10,000 they cost it four times the sending). Nothing waits for a PUBACK below the receive maximum.
"""
_PING_EVERY_S: Final = KEEP_ALIVE_S * 0.75

_JITTER: Final = random.SystemRandom()

log = logging.getLogger(__name__)


After = Callable[[float, Callable[[], None]], object]
"""Calls once that many seconds have passed."""


class LinkReceiver(Protocol):
    """Receiver of the link's events."""

    def will(self) -> Publish: ...

    def connected(self) -> None: ...

    def disconnected(self) -> None: ...

    def message(self, topic: str, payload: bytes) -> None: ...


@dataclass(frozen=True)
class Broker:
    """Address of the broker and client identity; ``reconnect_s`` bounds the full-jitter back-off."""

    host: str
    port: int
    context: ssl.SSLContext
    reconnect_s: tuple[float, float] = (1.0, 120.0)


class RefusedError(Exception):
    """The broker answered, and refused the connection."""


def client_context(folder: Path) -> ssl.SSLContext:
    """Return a provisioned device's TLS context: ``ca.pem``, ``device.pem``, ``device.key`` in ``folder``."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=folder / "ca.pem")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "device.pem", folder / "device.key")
    return context


class Crowd:
    """Shared state of the links of a process: few connect at once. ``after`` sets a timer; by default the loop's."""

    def __init__(self, after: After | None = None) -> None:
        self.gate = asyncio.Semaphore(CONNECTS_IN_FLIGHT)
        self.after = after or asyncio.get_running_loop().call_later


class Link:
    """MQTT link of one client. Call it from the loop's thread."""

    def __init__(
        self,
        client_id: str,
        broker: Broker,
        listener: LinkReceiver,
        crowd: Crowd,
        shaper: LinkShaper | None = None,
        *,
        desired: Callable[[], Desired | None] = lambda: None,
    ) -> None:
        """Make the link. ``shaper``: network conditions that data passes through; None: ideal.

        ``desired``: reads the settings in force, which name the brokers.
        """
        self._desired = desired
        self._choice = BrokerChoice((broker.host, broker.port), *broker.reconnect_s)
        self._client_id = client_id
        self._broker = broker
        self._listener = listener
        self._crowd = crowd
        self._shaper = shaper
        self._has_hung_up = False
        self._is_homing = False
        self._acknowledge_after_s = zlib.crc32(client_id.encode()) % ACKNOWLEDGE_WITHIN_MS / 1000
        self._unacknowledged: list[int] = []
        self._session = Outgoing()
        self._connection: TlsConnection | None = None
        self._reader = mqtt_codec.PacketReader()
        self._connack: asyncio.Future[mqtt_codec.ConnAck] | None = None
        self._lost = asyncio.Event()
        self._heard_at = 0.0
        self._ping: asyncio.TimerHandle | None = None
        self.is_online = False
        self.on_refused: Callable[[], None] = lambda: None
        """Called where the broker refused us, or hung up before it answered; not where the network is away."""

    async def run(self) -> None:
        """Stay connected until cancelled."""
        choice = self._choice
        try:
            while True:
                if self._shaper is not None:
                    await self._shaper.opened()
                choice.follow(self._desired())
                if await self._connect() and await self._is_steady():
                    choice.lost(by_broker=not self._has_hung_up)
                else:
                    choice.failed()
                self._go_offline()
                if self._is_homing:
                    self._is_homing = False
                    choice.go_home()
                    continue
                await asyncio.sleep(_JITTER.uniform(0, choice.window_s()))
        finally:
            self._say_goodbye()

    def publish(self, message: Publish) -> None:
        if message.qos == 0:
            if self.is_online:
                self._write(_packet(message, 0))
            return
        self._session.add(message)
        self._send_unsent()

    def subscribe(self, topics: Iterable[tuple[str, int]]) -> None:
        self._write(mqtt_codec.subscribe(self._session.next_id(), topics))

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self._write(mqtt_codec.unsubscribe(self._session.next_id(), topics))

    def use(self, context: ssl.SSLContext) -> None:
        """Use this identity from the next connection on."""
        self._broker = replace(self._broker, context=context)

    def drop(self) -> None:
        """Drop the connection without DISCONNECT, so that the will is published."""
        if self._connection is not None:
            self._has_hung_up = True
            self._connection.close()

    async def _is_steady(self) -> bool:
        """Wait for the end of the connection, and return to the first broker when that answers again."""
        since_s = self._loop_s()
        while not self._lost.is_set():
            try:
                async with asyncio.timeout(_JITTER.uniform(*HOME_AFTER_S)):
                    await self._lost.wait()
            except TimeoutError:
                self._choice.follow(self._desired())
                if self._choice.address != self._choice.home and await self._answers(self._choice.home):
                    self._is_homing = True
                    self.drop()
        return self._loop_s() - since_s >= STEADY_S

    async def _answers(self, address: Address) -> bool:
        """Return whether a broker there shakes hands: the connection in use ends only for one that works."""
        try:
            async with self._crowd.gate, asyncio.timeout(MOVE_ON_S):
                probe = await open_connection(*address, self._broker.context)
        except OSError:
            return False
        probe.close()
        return True

    async def _connect(self) -> bool:
        deadline_s = MOVE_ON_S if self._choice.has_others else HANDSHAKE_TIMEOUT_S
        try:
            async with self._crowd.gate, asyncio.timeout(deadline_s):
                self._lost.clear()
                self._has_hung_up = False
                if self._shaper is not None:
                    self._shaper.begin()
                self._reader = mqtt_codec.PacketReader()
                self._connack = asyncio.get_running_loop().create_future()
                self._connection = await open_connection(*self._choice.address, self._broker.context)
                self._connection.start(self._read, self._on_lost)
                will = self._listener.will()
                self._write(
                    mqtt_codec.connect(
                        self._client_id,
                        keep_alive_s=KEEP_ALIVE_S,
                        session_expiry_s=SESSION_EXPIRY_S,
                        receive_maximum=RECEIVE_MAXIMUM,
                        will=mqtt_codec.Will(will.topic, will.body, WILL_DELAY_S),
                    )
                )
                answer = await self._connack
        except (OSError, RefusedError) as error:  # a time-out is an OSError
            log.info("%s: no connection: %s", self._client_id, str(error) or type(error).__name__)
            self.drop()
            if isinstance(error, (RefusedError, ssl.SSLError)):
                self.on_refused()
            return False
        self._go_online(answer)
        return True

    @property
    def _is_doubled(self) -> bool:
        """Return whether acknowledgements are lost on the network: each message with one comes twice."""
        return self._shaper is not None and self._shaper.network.is_doubled

    @staticmethod
    def _loop_s() -> float:
        return asyncio.get_running_loop().time()

    def _go_online(self, answer: mqtt_codec.ConnAck) -> None:
        self.is_online = True
        self._session.room = answer.receive_maximum
        for packet_id, message in list(self._session.in_flight.items()):
            self._write(_packet(message, packet_id, duplicate=answer.session_present))
        self._heard_at = asyncio.get_running_loop().time()
        self._ping_later()
        self._listener.connected()
        self._send_unsent()

    def _go_offline(self) -> None:
        self._connection = None
        self._unacknowledged.clear()  # the broker sends them again
        if self._ping is not None:
            self._ping.cancel()
        if self.is_online:
            self.is_online = False
            self._listener.disconnected()

    def _say_goodbye(self) -> None:
        if self._connection is not None:
            self._write(mqtt_codec.DISCONNECT_WITH_WILL)
            self._connection.close()
        self._go_offline()

    def _on_lost(self) -> None:
        """End the connection: at once if we hung up, else through the network conditions, as all data comes."""
        if self._shaper is None or self._has_hung_up:
            self._end()
        else:
            self._shaper.down.carry(self._end)

    def _end(self) -> None:
        self._lost.set()
        if self._connack is not None and not self._connack.done():
            self._connack.set_exception(RefusedError("connection closed"))

    def _read(self, data: bytes) -> None:
        if self._shaper is None:
            self._take(data)
        else:
            self._shaper.down.carry(lambda: self._take(data))

    def _take(self, data: bytes) -> None:
        try:
            for packet in self._reader.feed(data):
                self._meet(packet)
        except mqtt_codec.PacketError as error:
            log.warning("%s: %s", self._client_id, error)
            self.drop()

    def _meet(self, packet: mqtt_codec.Packet) -> None:
        match packet:
            case mqtt_codec.PublishPacket():
                for _ in range(2 if packet.packet_id and self._is_doubled else 1):
                    self._listener.message(packet.topic, packet.payload)
                if packet.packet_id:  # after the core's effects: what it must remember is on flash by now
                    self._acknowledge_later(packet.packet_id)
            case mqtt_codec.PubAck():
                self._acknowledged(packet)
                self._send_unsent()
            case mqtt_codec.ConnAck():
                self._answered(packet)
            case mqtt_codec.SubAck():
                if packet.refused:
                    log.warning("%s: %d subscriptions refused", self._client_id, packet.refused)
            case mqtt_codec.PingResp():
                self._heard_at = asyncio.get_running_loop().time()
            case mqtt_codec.BrokerDisconnect():
                log.info("%s: broker sent DISCONNECT, reason %#x", self._client_id, packet.reason)
                self.drop()
            case _:
                assert_never(packet)

    def _acknowledged(self, packet: mqtt_codec.PubAck) -> None:
        if packet.is_refusal:
            log.warning("%s: the broker refused a message, reason %#x", self._client_id, packet.reason)
        given_up = self._session.answered(packet.packet_id, packet.reason, self._loop_s())
        if given_up is not None:
            log.error("%s: gave up a message to %s", self._client_id, given_up.topic)

    def _acknowledge_later(self, packet_id: int) -> None:
        if not self._unacknowledged:
            self._crowd.after(self._acknowledge_after_s, self._acknowledge)
        self._unacknowledged.append(packet_id)

    def _acknowledge(self) -> None:
        """Send PUBACKs in the order of the messages [4.6]."""
        packet_ids, self._unacknowledged = self._unacknowledged, []
        if packet_ids:
            self._write(b"".join(map(mqtt_codec.puback, packet_ids)))

    def _answered(self, packet: mqtt_codec.ConnAck) -> None:
        if self._connack is None or self._connack.done():
            raise mqtt_codec.PacketError("second CONNACK")
        if packet.reason:
            self._connack.set_exception(RefusedError(f"reason {packet.reason:#x}"))
        else:
            self._connack.set_result(packet)

    def _send_unsent(self) -> None:
        session = self._session
        while self.is_online and (taken := session.take_next()) is not None:
            packet_id, message = taken
            self._write(_packet(message, packet_id))
            if self._is_doubled:
                self._write(_packet(message, packet_id, duplicate=True))

    def _ping_later(self) -> None:
        self._ping = asyncio.get_running_loop().call_later(_PING_EVERY_S, self._check_life)

    def _check_life(self) -> None:
        """Check the last answer and ping: a link whose ping stayed unanswered until the next is dead."""
        if asyncio.get_running_loop().time() - self._heard_at > 2 * _PING_EVERY_S:
            self.drop()
            return
        self._write(mqtt_codec.PING)
        self._session.retry(self._loop_s())
        self._send_unsent()
        self._ping_later()

    def _write(self, data: bytes) -> None:
        connection = self._connection
        if connection is None:
            return
        if self._shaper is None:
            connection.write(data)
        else:
            self._shaper.up.carry(lambda: connection.write(data))


def _packet(message: Publish, packet_id: int, *, duplicate: bool = False) -> bytes:
    return mqtt_codec.publish(
        message.topic,
        message.body,
        packet_id=packet_id,
        retain=message.retain,
        expiry_s=message.expiry_s,
        duplicate=duplicate,
    )
