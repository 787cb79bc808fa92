"""MQTT 5 packets of a client that only subscribes with QoS 0 and 1: bytes both ways, no I/O.

Numbers in brackets are sections of the OASIS standard (7 March 2019). Why not paho here: docs/adr/0011.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

PACKET_MAX_BYTES: Final = 64 * 1024
"""Sent to the broker as Maximum Packet Size: a larger packet is no MQTT."""
_SESSION_EXPIRY, _RECEIVE_MAXIMUM, _MAXIMUM_PACKET = 0x11, 0x21, 0x27
_SUBSCRIBE_ID: Final = 1
_FAILURE: Final = 0x80
_LENGTH_BYTES_MAX: Final = 4
_MORE: Final = 0x80
_CLEAR_ID: Final = 1


class PacketError(Exception):
    """These bytes are no MQTT 5 that a subscriber gets: drop the connection."""


class PacketType(IntEnum):
    """Packet that a broker sends to a subscriber [2.1.2]."""

    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBACK = 9
    PINGRESP = 13
    DISCONNECT = 14


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reason codes of a CONNACK, PUBACK, SUBACK or DISCONNECT, one a request; a PUBACK without one is success."""

    kind: PacketType
    codes: tuple[int, ...]

    @property
    def failures(self) -> tuple[int, ...]:
        return tuple(code for code in self.codes if code >= _FAILURE)


class Message(NamedTuple):
    """A PUBLISH; ``packet_id`` is 0 with QoS 0. A tuple, as one is made for every message of every device."""

    topic: str
    payload: bytes
    retain: bool
    qos: int
    packet_id: int


def connect(
    client_id: str, *, keep_alive_s: int, session_expiry_s: int, receive_maximum: int, is_clean: bool = False
) -> bytes:
    """Connect [3.1]; without a clean start the broker keeps the messages that arrive while we are away."""
    properties = struct.pack(">BIBHBI", _SESSION_EXPIRY, session_expiry_s, _RECEIVE_MAXIMUM, receive_maximum,
                             _MAXIMUM_PACKET, PACKET_MAX_BYTES)  # fmt: skip
    body = (
        b"\x00\x04MQTT\x05"
        + (b"\x02" if is_clean else b"\x00")
        + struct.pack(">H", keep_alive_s)
        + _sized(properties)
        + _text(client_id)
    )
    return _packet(0x10, body)


def subscribe(filters: Mapping[str, int]) -> bytes:
    """Subscribe (filter → QoS) [3.8]. One at a time: its id is always the same."""
    entries = b"".join(_text(each) + bytes([qos]) for each, qos in filters.items())
    return _packet(0x82, struct.pack(">H", _SUBSCRIBE_ID) + b"\x00" + entries)


def clear(topic: str) -> bytes:
    """Have a retained message forgotten, with QoS 1 [3.3.1.3]. One at a time: its id is always the same."""
    return _packet(0x33, _text(topic) + struct.pack(">H", _CLEAR_ID) + b"\x00")


def puback(packet_id: int) -> bytes:
    """Acknowledge without a reason, which means success [3.4]."""
    return struct.pack(">BBH", 0x40, 2, packet_id)


def ping() -> bytes:
    return b"\xc0\x00"


def disconnect() -> bytes:
    """Disconnect; the session stays [3.14]."""
    return b"\xe0\x00"


class PacketParser:
    """Parser that takes bytes in any pieces and gives whole packets."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Message | Reasons]:
        """Yield the packets that are complete. Raises PacketError."""
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        while at < end:
            length, start = _length(data, at + 1)
            if start == 0 or start + length > end:
                break
            kind = data[at] >> 4
            if kind == PacketType.PUBLISH:
                yield _message(data, at, start, start + length)
            else:
                yield _reasons(kind, data[start : start + length])
            at = start + length
        self._rest = data[at:]


def _message(data: bytes, at: int, start: int, end: int) -> Message:
    flags = data[at] & 0x0F
    qos = flags >> 1 & 3
    try:
        topic_end = start + 2 + int.from_bytes(data[start : start + 2])
        topic = data[start + 2 : topic_end].decode()
        after = topic_end + (2 if qos else 0)
        packet_id = int.from_bytes(data[topic_end:after])
        length, body = _length(data, after)
    except UnicodeDecodeError:
        raise PacketError("a topic is not UTF-8") from None
    if body == 0 or body + length > end or qos > 1 or (qos == 1 and packet_id == 0):
        raise PacketError("a PUBLISH contradicts itself")
    return Message(topic, data[body + length : end], bool(flags & 1), qos, packet_id)


def _reasons(kind: int, body: bytes) -> Reasons:
    match kind:
        case PacketType.CONNACK if len(body) > 1:
            return Reasons(PacketType.CONNACK, (body[1],))
        case PacketType.SUBACK if len(body) > 2:  # noqa: PLR2004 - its packet id
            length, start = _length(body, 2)
            if start:
                return Reasons(PacketType.SUBACK, tuple(body[start + length :]))
        case PacketType.PUBACK if len(body) > 1:
            return Reasons(PacketType.PUBACK, tuple(body[2:3]))
        case PacketType.PINGRESP:
            return Reasons(PacketType.PINGRESP, ())
        case PacketType.DISCONNECT:
            return Reasons(PacketType.DISCONNECT, tuple(body[:1]))
        case _:
            pass
    raise PacketError(f"a packet of kind {kind} with {len(body)} bytes")


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable byte integer [1.5.5] and its end; an end of 0 means that it is not complete yet."""
    value = 0
    for place in range(_LENGTH_BYTES_MAX):
        if at + place >= len(data):
            return 0, 0
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < _MORE:
            if value > PACKET_MAX_BYTES:
                raise PacketError(f"{value} bytes in one packet")
            return value, at + place + 1
    raise PacketError("a length of more than four bytes")


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _sized(body)


def _sized(body: bytes) -> bytes:
    length, size = b"", len(body)
    while size >= _MORE:
        length += bytes([size & 0x7F | _MORE])
        size >>= 7
    return length + bytes([size]) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
