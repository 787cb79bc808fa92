"""The gateway's connection to the broker: MQTT 5 over TLS, on paho's own thread.

A publish is confirmed when the broker acknowledges it, and fails when the connection breaks before: the publisher
decides what is sent again, so nothing stale is repeated behind its back. A message received with QoS 1 is acknowledged
only when the owner says so; on a new connection the broker sends it again.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.errors import LinkError, TooBigError
from devices.mqtt.broker import INFLIGHT_MAX_MESSAGES
from devices.protocol import topics
from devices.protocol.limits import KEEP_ALIVE_S, MESSAGE_MAX_BYTES, SESSION_EXPIRY_S, SPEECH_MAX_BYTES
from devices.protocol.topics import TopicKind

log = logging.getLogger(__name__)

_RECONNECT_MIN_S = 1
_RECONNECT_MAX_S = 5
ASK_AGAIN_S = 0.05
"""Interval of the question whether it may connect yet."""
# paho asks for one, and does not use it for a socket in the file system.
_NO_PORT = 1883


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address of a broker, and the identity to connect with: the client id is the certificate's common name."""

    host: str
    port: int
    client_id: str
    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class RemoteEndpoint:
    """Broker of somebody else, over TLS. ``ca`` None: one that the system trusts. ``user`` empty: without one."""

    host: str
    port: int
    client_id: str
    ca: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """Socket of a broker on this machine, which only we can open: no certificate is needed."""

    path: Path
    client_id: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it arrived; ``connection`` and ``mid`` identify it for the acknowledgement."""

    topic: str
    payload: bytes
    retain: bool
    qos: int
    mid: int
    connection: int


def client_context(endpoint: Endpoint | RemoteEndpoint) -> ssl.SSLContext:
    """Return TLS settings for servers that the endpoint's CA signed, with our certificate on brokers of our own."""
    context = ssl.create_default_context(cafile=str(endpoint.ca) if endpoint.ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if isinstance(endpoint, Endpoint):
        context.load_cert_chain(str(endpoint.certificate), str(endpoint.key))
    return context


class MqttDeviceLink:
    """Connection that is restored until closed, with its session kept by the broker for a day.

    ``subscriptions`` (filter → QoS) are made at every connect. ``on_message`` and ``on_ready`` run on the connection's
    thread: they must be quick and must not raise. Every incoming QoS 1 message waits for ``acknowledge``. While
    ``may_send`` says no, it neither publishes nor connects: another client of the same name may have its session.
    """

    def __init__(
        self,
        endpoint: Endpoint | LocalEndpoint,
        *,
        subscriptions: Mapping[str, int],
        on_message: Callable[[Incoming], None],
        on_ready: Callable[[], None] = lambda: None,
        session_expiry_s: int = SESSION_EXPIRY_S,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self._endpoint = endpoint
        self._subscriptions = subscriptions
        self._on_message = on_message
        self._on_ready = on_ready
        self._session_expiry_s = session_expiry_s
        self._may_send = may_send
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._connection = 0
        self._waiting: dict[int, Future[None]] = {}
        self._early: dict[int, ReasonCode] = {}
        self._client = self._make_client()

    def start(self) -> None:
        """Connect in the background; see ``wait_ready``."""
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.SessionExpiryInterval = self._session_expiry_s
        connect.ReceiveMaximum = INFLIGHT_MAX_MESSAGES
        where = self._endpoint
        self._client.connect_async(
            str(where.path) if isinstance(where, LocalEndpoint) else where.host,
            _NO_PORT if isinstance(where, LocalEndpoint) else where.port,
            KEEP_ALIVE_S,
            # A client without subscriptions has no use for a kept session.
            clean_start=not self._subscriptions,
            properties=connect,
        )
        self._client.loop_start()

    def close(self) -> None:
        """Disconnect and end the thread. Unconfirmed publishes fail; unacknowledged messages come again next time.

        Not from a callback: it waits for the thread that calls them.
        """
        self._closing.set()
        self._client.disconnect()
        self._client.drop_out_messages()
        self._client.loop_stop()
        self._break()
        # Else the sockets that wake its thread stay open until the garbage collector finds client and callbacks.
        self._client.reinitialise()

    @property
    def is_ready(self) -> bool:
        """Return whether it is connected and subscribed."""
        return self._ready.is_set()

    @property
    def connections(self) -> int:
        """Return the number of connections that the broker has accepted."""
        return self._connection

    @property
    def threads(self) -> Collection[str]:
        """Return the name of its thread, which wakes once a second while it is connected."""
        return {f"paho-mqtt-client-{self._endpoint.client_id}"}

    def wait_ready(self, timeout_s: float) -> bool:
        return self._ready.wait(timeout_s)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]:
        """Send at once; the future ends at the broker's acknowledgement (QoS 0: at once), or with LinkError.

        Raises:
            TooBigError: beyond the limit of the wire: nothing was sent, and it must never be tried again.
            LinkError: not connected.
        """
        refuse_too_big(topic, payload)
        if not self._ready.is_set():
            raise LinkError("not connected")
        if not self._may_send():
            raise LinkError("another instance may have taken over")
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = max(1, expiry_s)
        info = self._client.publish(topic, payload, qos, retain, properties)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise LinkError(paho.error_string(info.rc))
        done: Future[None] = Future()
        # What is sent with QoS 0 is reported by paho too, once it is written: awaited like the others, by nobody.
        awaited = done if qos else Future[None]()
        with self._lock:
            if (reason := self._early.pop(info.mid, None)) is not None:
                _resolve(awaited, reason)
            elif self._ready.is_set():
                self._waiting[info.mid] = awaited
            else:
                awaited.set_exception(LinkError("connection lost"))
        if not qos:
            done.set_result(None)
        return done

    def acknowledge(self, message: Incoming) -> None:
        """Confirm to the broker that ``message`` is handled. Of an earlier connection: ignored, it comes again."""
        if message.qos and message.connection == self._connection:
            self._client.ack(message.mid, message.qos)

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._endpoint.client_id,
            protocol=paho.MQTTv5,
            manual_ack=True,
            transport="unix" if isinstance(self._endpoint, LocalEndpoint) else "tcp",
        )
        if isinstance(self._endpoint, Endpoint):
            client.tls_set_context(client_context(self._endpoint))
        client.max_inflight_messages_set(INFLIGHT_MAX_MESSAGES)
        client.reconnect_delay_set(_RECONNECT_MIN_S, _RECONNECT_MAX_S)
        client.on_pre_connect = self._about_to_connect
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_publish = self._published
        client.on_message = self._received
        return client

    def _about_to_connect(self, _client: paho.Client, _data: object) -> None:
        """Wait until it may connect; when closed meanwhile, raise what paho takes for a failed attempt."""
        while not self._may_send():
            if self._closing.wait(ASK_AGAIN_S):
                raise ConnectionAbortedError("closed before it might connect")

    def _connected(
        self, client: paho.Client, _data: object, _flags: paho.ConnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("the broker refused the connection: %s", reason)
            return
        # Messages that paho still holds belong to an earlier connection: their publishers have seen them fail.
        client.drop_out_messages()
        self._connection += 1
        if self._subscriptions:
            client.subscribe([(topic, SubscribeOptions(qos=qos)) for topic, qos in self._subscriptions.items()])
        else:
            self._become_ready()

    def _subscribed(
        self, _client: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        for topic, reason in zip(self._subscriptions, reasons, strict=False):
            if reason.is_failure:
                log.error("the broker refused the subscription to %s: %s", topic, reason)
        self._become_ready()

    def _become_ready(self) -> None:
        self._ready.set()
        self._on_ready()

    def _disconnected(
        self,
        _client: paho.Client,
        _data: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _p: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.warning("the connection to the broker broke: %s", reason)
        self._break()

    def _break(self) -> None:
        with self._lock:
            self._ready.clear()
            lost, self._waiting = self._waiting, {}
            self._early.clear()
        for waiting in lost.values():
            waiting.set_exception(LinkError("connection lost"))

    def _published(
        self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _p: Properties | None
    ) -> None:
        # Called with paho's own lock held: takes ours only for a moment, and never calls paho.
        with self._lock:
            waiting = self._waiting.pop(mid, None)
            if waiting is None:
                self._early[mid] = reason
        if waiting is not None:
            _resolve(waiting, reason)

    def _received(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._on_message(
            Incoming(message.topic, bytes(message.payload), message.retain, message.qos, message.mid, self._connection)
        )


def refuse_too_big(topic: str, payload: bytes) -> None:
    """Raise TooBigError where the payload is beyond the limit of its topic."""
    if len(payload) > MESSAGE_MAX_BYTES and len(payload) > (limit := _limit_bytes(topic)):
        raise TooBigError(topic, len(payload), limit)


def _limit_bytes(topic: str) -> int:
    """Return the limit of a topic. Alert speech has one of its own: it is unsigned, its hash is in a signed message."""
    found = topics.parse(topic)
    return SPEECH_MAX_BYTES if found is not None and found.kind is TopicKind.AREA_SPEECH else MESSAGE_MAX_BYTES


def _resolve(waiting: Future[None], reason: ReasonCode) -> None:
    if reason.is_failure:
        waiting.set_exception(LinkError(str(reason)))
    else:
        waiting.set_result(None)
