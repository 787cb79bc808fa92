"""Eviction of a device's connection: the broker gives a session to a client with the name and a good certificate.

Reading a new revocation list ends no connection that stands. So the gateway connects once under the device's name, with
a clean start and a short-lived certificate: the old session ends and is forgotten, so is the state that the broker kept
of it, and the next connection is refused by the list.
"""

import socket
from typing import Final

from devices import mqtt_codec
from devices.errors import LinkError
from devices.mqtt.link import Endpoint, client_context
from devices.mqtt_codec import ConnAck, Packet, PacketError, PacketReader, PubAck, PublishPacket
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
            hello = mqtt_codec.connect(
                endpoint.client_id,
                keep_alive_s=keep_alive_s,
                session_expiry_s=0,
                receive_maximum=RECEIVE_MAXIMUM,
                is_clean=True,
            )
            link.sendall(hello)
            reader = PacketReader()
            answer = _first(link.recv, reader)
            if not isinstance(answer, ConnAck) or answer.is_refusal:
                raise LinkError("the broker did not take us for the device")
            # The retained message of its last birth would still show it as connected.
            state = topics.device_state(endpoint.client_id)
            link.sendall(mqtt_codec.publish(state, b"", packet_id=1, retain=True, expiry_s=None))
            answer = _first(link.recv, reader)
            if not isinstance(answer, PubAck) or answer.is_refusal:
                raise LinkError("the broker did not clear the state of the device")
            link.sendall(mqtt_codec.DISCONNECT)
    except (OSError, PacketError) as error:
        raise LinkError(str(error)) from error


def _first(receive: object, reader: PacketReader) -> Packet:
    assert callable(receive)
    while data := receive(4096):
        for found in reader.feed(data):
            if not isinstance(found, PublishPacket):
                return found
    raise PacketError("the broker hung up")
