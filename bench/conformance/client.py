"""Client of a conformance check: MQTT 5 over TLS, one packet at a time, every wait with a deadline."""

from __future__ import annotations

import itertools
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from devices import mqtt_codec
from devices.mqtt.link import Endpoint, client_context
from devices.mqtt_codec import BrokerDisconnect, ConnAck, Packet, PacketReader, PubAck, PublishPacket, SubAck, Will

DEADLINE_S: Final = 10.0
QUIET_S: Final = 1.0
"""Time after which a message that has not come is taken to stay away."""

Found = TypeVar("Found", bound=Packet)


class GoneError(Exception):
    """The broker ended the connection, or refused it."""


@dataclass(frozen=True)
class BrokerUnderTest:
    """Address of the broker, and a folder with the CA, and certificate and key of each client by its name."""

    host: str
    port: int
    keys: Path

    def endpoint(self, name: str, certificate: str = "") -> Endpoint:
        """Return the address for a client of this name, with the certificate of another where that is named."""
        holder = certificate or name
        files = self.keys / "ca.pem", self.keys / f"{holder}.pem", self.keys / f"{holder}.key"
        return Endpoint(self.host, self.port, name, *files)


class CheckClient:
    """One client, connected."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        is_clean: bool = True,
        session_expiry_s: int = 0,
        receive_maximum: int = 20,
        keep_alive_s: int = 60,
        will: Will | None = None,
    ) -> None:
        """Connect. Raises GoneError."""
        self._ids = itertools.count(1)
        self._reader = PacketReader()
        self._packets: deque[Packet] = deque()
        self.acknowledges = True
        try:
            plain = socket.create_connection((endpoint.host, endpoint.port), DEADLINE_S)
            self._link = client_context(endpoint).wrap_socket(plain, server_hostname=endpoint.host)
        except OSError as error:
            raise GoneError(str(error)) from error
        hello = mqtt_codec.connect(
            endpoint.client_id,
            keep_alive_s=keep_alive_s,
            session_expiry_s=session_expiry_s,
            receive_maximum=receive_maximum,
            will=will,
            is_clean=is_clean,
        )
        try:
            self._send(hello)
            answer = self.wait(ConnAck)
        except BaseException:
            self.cut()
            raise
        if answer is None or answer.is_refusal:
            self.cut()
            raise GoneError("no CONNACK" if answer is None else f"refused with {answer.reason:#x}")
        self.session_present = answer.session_present

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(GoneError):
            self._send(mqtt_codec.DISCONNECT)
        self.cut()

    def cut(self) -> None:
        """End the connection without a word."""
        self._link.close()

    def subscribe(self, topics: Mapping[str, int]) -> Iterable[int]:
        """Subscribe; return the reason of each topic."""
        self._send(mqtt_codec.subscribe(next(self._ids), topics.items()))
        answer = self.wait(SubAck)
        return () if answer is None else answer.reasons

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Publish; return the reason of the acknowledgement, 0 with QoS 0; None: no answer. Raises GoneError."""
        packet_id = next(self._ids) if qos else 0
        self._send(mqtt_codec.publish(topic, payload, packet_id=packet_id, retain=retain, expiry_s=expiry_s))
        if not qos:
            return 0
        answer = self.wait(PubAck)
        return None if answer is None else answer.reason

    def next(self, within_s: float = DEADLINE_S) -> PublishPacket | None:
        """Return the next message, acknowledged unless ``acknowledges`` is off; None: none came."""
        found = self.wait(PublishPacket, within_s)
        if found is not None and found.packet_id and self.acknowledges:
            self._send(mqtt_codec.puback(found.packet_id))
        return found

    def payloads(self, within_s: float = QUIET_S) -> list[bytes]:
        """Return the payloads of all messages until none comes for a while."""
        found = []
        while (message := self.next(within_s)) is not None:
            found.append(message.payload)
        return found

    def is_ended(self, within_s: float = DEADLINE_S) -> bool:
        """Return whether the broker ends the connection in time."""
        try:
            return self.wait(BrokerDisconnect, within_s) is not None
        except GoneError:
            return True

    def wait(self, kind: type[Found], within_s: float = DEADLINE_S) -> Found | None:
        """Return the next packet of this kind, keeping others; None: none came. Raises GoneError."""
        until_s = time.monotonic() + within_s
        while True:
            for each in self._packets:
                if isinstance(each, kind):
                    self._packets.remove(each)
                    return each
                if isinstance(each, BrokerDisconnect):
                    raise GoneError(f"sent away with {each.reason:#x}")
            if not self._read(until_s - time.monotonic()):
                return None

    def _read(self, within_s: float) -> bool:
        if within_s <= 0:
            return False
        self._link.settimeout(within_s)
        try:
            data = self._link.recv(65_536)
        except TimeoutError:
            return False
        except (OSError, ssl.SSLError) as error:
            raise GoneError(str(error)) from error
        if not data:
            raise GoneError("hung up")
        self._packets += self._reader.feed(data)
        return True

    def _send(self, data: bytes) -> None:
        try:
            self._link.settimeout(DEADLINE_S)
            self._link.sendall(data)
        except OSError as error:
            raise GoneError(str(error)) from error
