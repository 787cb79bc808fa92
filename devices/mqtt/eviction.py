"""Eviction of a device's connection: the broker gives a session to a client with the name and a good certificate.

Reading a new revocation list ends no connection that stands. So the gateway connects once under the device's name, with
a clean start and a short-lived certificate: the old session ends and is forgotten, so is the state that the broker kept
of it, and the next connection is refused by the list.
"""

from __future__ import annotations

import socket
from typing import Final

from devices.errors import LinkError
from devices.mqtt import packets
from devices.mqtt.link import Endpoint, client_context
from devices.mqtt.packets import PacketError, PacketParser, PacketType, Reasons
from devices.protocol import topics
from devices.protocol.limits import KEEP_ALIVE_S, RECEIVE_MAXIMUM

_TIMEOUT_S: Final = 10.0


def evict(endpoint: Endpoint, keep_alive_s: int = KEEP_ALIVE_S) -> None:
    """Evict the device; return when the old session has ended.

    ``keep_alive_s`` is in the broker's log, where it tells us from the device.

    Raises:
        LinkError: the broker is not there, or does not take us.
    """
    try:
        with (
            socket.create_connection((endpoint.host, endpoint.port), _TIMEOUT_S) as plain,
            client_context(endpoint).wrap_socket(plain, server_hostname=endpoint.host) as link,
        ):
            hello = packets.connect(
                endpoint.client_id,
                keep_alive_s=keep_alive_s,
                session_expiry_s=0,
                receive_maximum=RECEIVE_MAXIMUM,
                is_clean=True,
            )
            link.sendall(hello)
            reader = PacketParser()
            answer = _first(link.recv, reader)
            if answer.kind is not PacketType.CONNACK or answer.failures:
                raise LinkError("the broker did not take us for the device")
            # The retained message of its last birth would still show it as connected.
            link.sendall(packets.clear(topics.device_state(endpoint.client_id)))
            answer = _first(link.recv, reader)
            if answer.kind is not PacketType.PUBACK or answer.failures:
                raise LinkError("the broker did not clear the state of the device")
            link.sendall(packets.disconnect())
    except (OSError, PacketError) as error:
        raise LinkError(str(error)) from error


def _first(receive: object, reader: PacketParser) -> Reasons:
    assert callable(receive)
    while data := receive(4096):
        for found in reader.feed(data):
            if isinstance(found, Reasons):
                return found
    raise PacketError("the broker hung up")
