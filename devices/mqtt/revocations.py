"""Certificate revocation: lists that the broker takes while it runs, and the eviction of a revoked connection.

OpenSSL looks into a ``capath`` folder at each handshake for the next list of an issuer (``{hash}.r0``, ``.r1``, …) and
goes by the one issued last. So a revocation needs no signal: SIGHUP corrupts mosquitto 2.0's sessions (docs/adr/0046).
``revoked.pem`` is always the newest list; the broker reads it when it starts.

Reading a new list ends no connection that stands. So the gateway connects once under the device's name, with
a clean start and a short-lived certificate: the old session ends and is forgotten, so is the state that the broker kept
of it, and the next connection is refused by the list.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from devices import mqtt_codec
from devices.errors import LinkError
from devices.mqtt.link import Endpoint, client_context
from devices.mqtt_codec import ConnAck, Packet, PacketError, PacketReader, PubAck, PublishPacket
from devices.protocol import topics
from devices.protocol.limits import KEEP_ALIVE_S, RECEIVE_MAXIMUM

CRL_NAME: Final = "revoked.pem"
LISTS_NAME: Final = "revoked"
_LOCK_NAME: Final = ".lock"


def lists_folder(keys: Path) -> Path:
    """Return the folder in which the broker looks for newer lists."""
    return keys / LISTS_NAME


def add_list(keys: Path, issuer_hash: str, crl: bytes) -> int:
    """Make ``crl`` (PEM), issued after every other, the list in force; return how many the broker holds now."""
    with _locked(keys) as folder:
        # First for a broker that starts, then for the one that runs.
        _write(keys / CRL_NAME, crl)
        number = _next_number(folder, issuer_hash)
        _write(folder / f"{issuer_hash}.r{number}", crl)
    return number + 1


def held_lists(keys: Path, issuer_hash: str) -> int:
    """Return the number of lists that the broker has been given since it started."""
    return _next_number(lists_folder(keys), issuer_hash)


def gather_lists(keys: Path) -> None:
    """Drop the numbered lists before a broker starts: ``revoked.pem`` holds all that they do."""
    with _locked(keys) as folder:
        for each in folder.glob("*.r*"):
            each.unlink()


def _next_number(folder: Path, issuer_hash: str) -> int:
    number = 0
    while (folder / f"{issuer_hash}.r{number}").exists():
        number += 1
    return number


def _write(path: Path, data: bytes) -> None:
    """Write it whole or not at all: a handshake may read it at any instant."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)


@contextmanager
def _locked(keys: Path) -> Iterator[Path]:
    folder = lists_folder(keys)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


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
