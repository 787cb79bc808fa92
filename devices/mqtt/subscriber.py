"""Subscriber of the gateway: a connection of its own, which only receives.

So the answers of a province to an alert are received within a second, and never delay sending. The connection is
restored until closed, its session kept by the broker for a day. A message received with QoS 1 is acknowledged when the
owner says so; on a new connection the broker sends it again. Why no paho: docs/adr/0011.
"""

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Final, assert_never

from devices import mqtt_codec
from devices.mqtt.broker import INFLIGHT_MAX_MESSAGES
from devices.mqtt.link import ASK_AGAIN_S, Endpoint, Incoming, RemoteEndpoint, client_context
from devices.mqtt_codec import (
    BrokerDisconnect,
    ConnAck,
    Packet,
    PacketError,
    PacketReader,
    PingResp,
    PubAck,
    PublishPacket,
    SubAck,
)
from devices.protocol.limits import KEEP_ALIVE_S, SESSION_EXPIRY_S

log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024
_CONNECT_TIMEOUT_S: Final = 10.0
_PING_EVERY_S: Final = KEEP_ALIVE_S * 0.5
_SUBSCRIBE_ID: Final = 1
_RETRY_FIRST_S: Final = 0.2
_RETRY_MAX_S: Final = 5.0
_NUMBERS: Final = count(1)
"""No two connections have the same, so that a message is acknowledged to the broker that sent it."""


class MqttSubscriber:
    """Subscriber. ``subscriptions`` (filter → QoS) are made at every connect.

    ``on_messages`` runs on the connection's thread with all messages read at once: it must be quick and must not raise.
    While ``may_connect`` says no, it does not: another client of the same name may have its session.
    ``receive_maximum``: messages with QoS 1 that wait for ``acknowledge``; the broker keeps the others.
    """

    def __init__(
        self,
        endpoint: Endpoint | RemoteEndpoint,
        *,
        subscriptions: Mapping[str, int],
        on_messages: Callable[[list[Incoming]], object],
        may_connect: Callable[[], bool] = lambda: True,
        receive_maximum: int = INFLIGHT_MAX_MESSAGES,
        retry_max_s: float = _RETRY_MAX_S,
    ) -> None:
        self._endpoint = endpoint
        self._subscriptions = subscriptions
        self._on_messages = on_messages
        self._may_connect = may_connect
        self._receive_maximum = receive_maximum
        self._retry_max_s = retry_max_s
        self._lock = threading.Lock()
        self._out = bytearray()
        self._connection = next(_NUMBERS)
        self._connections = 0
        self._ready = threading.Event()
        self._closing = threading.Event()
        self._waking, self._woken = socket.socketpair()
        self._waking.settimeout(0)
        self._woken.settimeout(0)
        self._thread = threading.Thread(target=self._run, name="ear", daemon=True)

    def start(self) -> None:
        """Connect in the background; see ``wait_ready``."""
        self._thread.start()

    def close(self) -> None:
        """Disconnect and end the thread. Unacknowledged messages come again next time."""
        self._closing.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        self._waking.close()
        self._woken.close()

    @property
    def is_ready(self) -> bool:
        """Return whether it is connected and subscribed."""
        return self._ready.is_set()

    @property
    def connections(self) -> int:
        """Return the number of times that it has become ready."""
        return self._connections

    def wait_ready(self, timeout_s: float) -> bool:
        return self._ready.wait(timeout_s)

    def acknowledge(self, messages: Iterable[Incoming]) -> None:
        """Confirm to the broker that these are handled. Those of an earlier connection come again."""
        with self._lock:
            for message in messages:
                if message.qos and message.connection == self._connection:
                    self._out += mqtt_codec.puback(message.mid)
        self._wake()

    def _run(self) -> None:
        retry_s = _RETRY_FIRST_S
        while not self._closing.is_set():
            try:
                with self._connect() as link:
                    retry_s = _RETRY_FIRST_S
                    self._listen(link)
            except (OSError, PacketError) as error:
                log.warning("the subscriber's connection to the broker broke: %s", error)
            with self._lock:
                self._ready.clear()
                self._out.clear()
                self._connection = next(_NUMBERS)
            # Shortened by up to a quarter: what one broker has lost does not come back all at once.
            self._closing.wait(retry_s * (1 - random.random() / 4))  # noqa: S311 - no secret
            retry_s = min(retry_s * 2, self._retry_max_s)

    def _connect(self) -> ssl.SSLSocket:
        while not self._may_connect():
            if self._closing.wait(ASK_AGAIN_S):
                raise ConnectionAbortedError("closed before it might connect")
        where = self._endpoint
        context = client_context(where)
        plain = socket.create_connection((where.host, where.port), _CONNECT_TIMEOUT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            link = context.wrap_socket(plain, server_hostname=where.host)
        except BaseException:
            plain.close()
            raise
        link.settimeout(0)
        hello = mqtt_codec.connect(
            where.client_id,
            keep_alive_s=KEEP_ALIVE_S,
            session_expiry_s=SESSION_EXPIRY_S,
            receive_maximum=self._receive_maximum,
            user=where.user if isinstance(where, RemoteEndpoint) else "",
            password=where.password if isinstance(where, RemoteEndpoint) else "",
        )
        with self._lock:
            self._out += hello
        return link

    def _listen(self, link: ssl.SSLSocket) -> None:
        """Until closed. Raises OSError, PacketError: the connection is no good any more."""
        reader = PacketReader()
        heard_s = pinged_s = time.monotonic()
        while not self._closing.is_set():
            is_full = not self._send(link)
            if not link.pending():
                readable, _, _ = select.select([link, self._woken], [link] if is_full else [], [], 1.0)
                if self._woken in readable:
                    self._drain()
            data = _read(link)
            now_s = time.monotonic()
            if data:
                heard_s = now_s
                self._take(list(reader.feed(data)))
            if now_s - pinged_s > _PING_EVERY_S:
                pinged_s = now_s
                with self._lock:
                    self._out += mqtt_codec.PING
            if now_s - heard_s > KEEP_ALIVE_S * 1.5:
                raise PacketError("the broker has fallen silent")
        with self._lock:
            self._out += mqtt_codec.DISCONNECT
        self._send(link)

    def _take(self, found: list[Packet]) -> None:
        heard = []
        for each in found:
            if isinstance(each, PublishPacket):
                heard.append(
                    Incoming(each.topic, each.payload, each.retain, each.qos, each.packet_id, self._connection)
                )
            else:
                self._obey(each)
        if heard:
            self._on_messages(heard)

    def _obey(self, packet: ConnAck | PubAck | SubAck | PingResp | BrokerDisconnect) -> None:
        match packet:
            case ConnAck():
                if packet.is_refusal:
                    raise PacketError(f"refused with {packet.reason:#x}")
                with self._lock:
                    self._out += mqtt_codec.subscribe(_SUBSCRIBE_ID, self._subscriptions.items())
            case SubAck():
                for topic, reason in zip(self._subscriptions, packet.reasons, strict=False):
                    if mqtt_codec.is_failure(reason):
                        log.error("the broker refused the subscription to %s: %#x", topic, reason)
                self._connections += 1
                self._ready.set()
            case BrokerDisconnect():
                raise PacketError(f"sent away with {packet.reason:#x}")
            case PingResp() | PubAck():
                pass
            case _:
                assert_never(packet)

    def _send(self, link: ssl.SSLSocket) -> bool:
        """Return whether the whole buffer was sent."""
        with self._lock:
            while self._out:
                try:
                    sent = link.send(self._out)
                except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    return False
                del self._out[:sent]
        return True

    def _wake(self) -> None:
        try:
            self._waking.send(b"!")
        except (BlockingIOError, OSError):
            return  # it is awake, or gone

    def _drain(self) -> None:
        try:
            while self._woken.recv(4096):
                pass
        except BlockingIOError:
            return


def _read(link: ssl.SSLSocket) -> bytes:
    """Read the bytes that are there, up to a limit. Raises OSError where the other end has gone."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < _READ_BYTES:
            part = link.recv(_READ_BYTES)
            if not part:
                if parts:
                    break
                raise ConnectionResetError("the broker hung up")
            parts.append(part)
            size += len(part)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        pass
    return b"".join(parts)
