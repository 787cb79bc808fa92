"""Probe of the broker: a connection that is kept, on which an MQTT PINGREQ has to be answered in time."""

import logging
import socket
import ssl
import time
from typing import Final

from devices import mqtt_codec
from devices.mqtt.link import Endpoint, client_context
from devices.mqtt_codec import BrokerDisconnect, ConnAck, Packet, PacketError, PacketReader, PingResp

log = logging.getLogger(__name__)

DEADLINE_S: Final = 5.0
_KEEP_ALIVE_S: Final = 60
_READ_BYTES: Final = 4096


class BrokerProbe:
    """Probe for one thread. A stopped broker still accepts connections, by its kernel; it answers none."""

    def __init__(self, endpoint: Endpoint, *, deadline_s: float = DEADLINE_S) -> None:
        self._endpoint = endpoint
        self._deadline_s = deadline_s
        self._link: ssl.SSLSocket | None = None
        self._reader = PacketReader()

    def answers(self) -> bool:
        """Return whether the broker answers a ping within the deadline; connects first where needed."""
        try:
            link = self._link or self._connect()
            self._exchange(link, mqtt_codec.PING, PingResp)
        except (OSError, PacketError) as error:
            log.debug("the broker does not answer: %s", error)
            self.close()
            return False
        return True

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = None

    def _connect(self) -> ssl.SSLSocket:
        where = self._endpoint
        context = client_context(where)
        plain = socket.create_connection((where.host, where.port), self._deadline_s)
        try:
            self._link = context.wrap_socket(plain, server_hostname=where.host)
        except BaseException:
            plain.close()
            raise
        self._reader = PacketReader()
        hello = mqtt_codec.connect(
            where.client_id, keep_alive_s=_KEEP_ALIVE_S, session_expiry_s=0, receive_maximum=1, is_clean=True
        )
        self._exchange(self._link, hello, ConnAck)
        return self._link

    def _exchange(self, link: ssl.SSLSocket, packet: bytes, wanted: type[ConnAck | PingResp]) -> None:
        """Send and wait for the answer. Raises OSError, PacketError."""
        until_s = time.monotonic() + self._deadline_s
        link.settimeout(self._deadline_s)
        link.sendall(packet)
        while True:
            link.settimeout(max(0.001, until_s - time.monotonic()))
            data = link.recv(_READ_BYTES)
            if not data:
                raise ConnectionResetError("the broker hung up")
            if any(_is_answer(each, wanted) for each in self._reader.feed(data)):
                return


def _is_answer(found: Packet, wanted: type[ConnAck | PingResp]) -> bool:
    if isinstance(found, BrokerDisconnect) or (isinstance(found, ConnAck) and found.is_refusal):
        raise PacketError(f"sent away with {found.reason:#x}")
    return isinstance(found, wanted)
