"""MQTT 5.0 packets of a client that publishes and subscribes with QoS 0 and 1: bytes both ways, no I/O.

Numbers in brackets are sections of the OASIS standard (7 March 2019). Why not paho: docs/adr/0005.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

PACKET_MAX_BYTES: Final = 64 * 1024
"""Maximum Packet Size sent to the broker: it never sends a larger packet, and a larger one is no MQTT."""
_LENGTH_MAX_BYTES: Final = 4
_CLEAN_START: Final = 0x02
_WILL_QOS_1: Final = 0x0C
_WILL_RETAIN: Final = 0x20
_FAILURE: Final = 0x80

_SESSION_EXPIRY, _RECEIVE_MAXIMUM, _WILL_DELAY, _MESSAGE_EXPIRY, _MAXIMUM_PACKET = 0x11, 0x21, 0x18, 0x02, 0x27
# Layout of each property's value [2.2.2.2]: fixed bytes, a length and bytes, two of them, or a variable integer.
_FIXED: Final = {
    0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2, 0x24: 1, 0x25: 1,
    0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
}  # fmt: skip
_SIZED: Final = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
_EXPIRY_ALONE: Final = 5
"""Length of nearly every message's properties: an expiry, which concerns the broker only."""
_PAIR: Final = 0x26
_VARIABLE: Final = 0x0B


class WireError(Exception):
    """The bytes are no MQTT 5 that we understand: drop the connection."""


class _Part(msgspec.Struct, frozen=True, gc=False):
    """Base of packets. A struct: thousands are made a second, and a dataclass takes five times as long to make."""


class Will(_Part, frozen=True, gc=False):
    """Will: published by the broker, retained with QoS 1, ``delay_s`` after we are gone without DISCONNECT."""

    topic: str
    payload: bytes
    delay_s: int


class ConnAck(_Part, frozen=True, gc=False):
    session_present: bool
    reason: int
    receive_maximum: int


class PublishPacket(_Part, frozen=True, gc=False):
    """PUBLISH; ``packet_id`` is 0 with QoS 0."""

    topic: str
    payload: bytes
    packet_id: int


class PubAck(_Part, frozen=True, gc=False):
    """PUBACK. ``reason`` is 0 where the broker left it out [3.4.2.1]; a refused message was not delivered at all."""

    packet_id: int
    reason: int = 0

    @property
    def is_refusal(self) -> bool:
        return self.reason >= _FAILURE


class SubAck(_Part, frozen=True, gc=False):
    packet_id: int
    refused: int


class PingResp(_Part, frozen=True, gc=False):
    pass


class Bye(_Part, frozen=True, gc=False):
    """DISCONNECT of the broker."""

    reason: int


Packet = ConnAck | PublishPacket | PubAck | SubAck | PingResp | Bye


def connect(
    client_id: str,
    *,
    keep_alive_s: int,
    session_expiry_s: int,
    receive_maximum: int,
    will: Will | None,
    clean: bool = False,
) -> bytes:
    flags = (_WILL_QOS_1 | _WILL_RETAIN | 0x04 if will else 0) | (_CLEAN_START if clean else 0)
    properties = struct.pack(
        ">BIBHBI",
        _SESSION_EXPIRY,
        session_expiry_s,
        _RECEIVE_MAXIMUM,
        receive_maximum,
        _MAXIMUM_PACKET,
        PACKET_MAX_BYTES,
    )
    body = _text("MQTT") + struct.pack(">BBH", 5, flags, keep_alive_s) + _sized(properties) + _text(client_id)
    if will is not None:
        body += _sized(struct.pack(">BI", _WILL_DELAY, will.delay_s)) + _text(will.topic)
        body += struct.pack(">H", len(will.payload)) + will.payload
    return _packet(0x10, body)


def publish(
    topic: str, payload: bytes, *, packet_id: int, retain: bool, expiry_s: int | None, duplicate: bool = False
) -> bytes:
    """Return a PUBLISH, with QoS 1 where ``packet_id`` is not 0."""
    head = 0x30 | (0x08 if duplicate else 0) | (0x02 if packet_id else 0) | int(retain)
    properties = b"" if expiry_s is None else struct.pack(">BI", _MESSAGE_EXPIRY, expiry_s)
    number = struct.pack(">H", packet_id) if packet_id else b""
    return _packet(head, _text(topic) + number + _sized(properties) + payload)


def subscribe(packet_id: int, topics: Iterable[tuple[str, int]]) -> bytes:
    wanted = b"".join(_text(topic) + bytes([qos]) for topic, qos in topics)
    return _packet(0x82, struct.pack(">HB", packet_id, 0) + wanted)


def unsubscribe(packet_id: int, topics: Iterable[str]) -> bytes:
    return _packet(0xA2, struct.pack(">HB", packet_id, 0) + b"".join(_text(topic) for topic in topics))


def puback(packet_id: int) -> bytes:
    return struct.pack(">BBH", 0x40, 2, packet_id)


PING: Final = b"\xc0\x00"
POWER_OFF: Final = b"\xe0\x01\x04"
"""DISCONNECT with will: the broker publishes the will [3.14.2.1]."""


class PacketReader:
    """Packet reader: bytes in pieces of any size in, whole packets out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the packets completed by ``data``.

        Raises:
            WireError: garbage, or a packet larger than was agreed.
        """
        data = self._rest + data if self._rest else data
        at = 0
        while (span := _span(data, at)) is not None:
            start, end = span
            packet = _read(data[at], data[start:end])
            at = end
            yield packet
        self._rest = data[at:]


def _span(data: bytes, at: int) -> tuple[int, int] | None:
    """Return the span of the body of the packet that begins at ``at``; None while it is not whole."""
    length = shift = 0
    for place in range(at + 1, min(len(data), at + 1 + _LENGTH_MAX_BYTES)):
        byte = data[place]
        length |= (byte & 0x7F) << shift
        if length > PACKET_MAX_BYTES:
            raise WireError("packet too large")
        if byte < _FAILURE:
            end = place + 1 + length
            return (place + 1, end) if end <= len(data) else None
        shift += 7
    if len(data) - at > _LENGTH_MAX_BYTES:
        raise WireError("length does not end")
    return None


def _read(head: int, body: bytes) -> Packet:
    try:
        return _parse(head, body)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise WireError(f"packet type {head >> 4}: {error}") from None


def _parse(head: int, body: bytes) -> Packet:
    parse = _PARSERS.get(head >> 4)
    if parse is None:
        raise WireError(f"packet type {head >> 4} from a broker")
    return parse(head, body)


def _connack(_: int, body: bytes) -> ConnAck:
    properties, _end = _properties(body, 2)
    return ConnAck(bool(body[0] & 1), body[1], properties.get(_RECEIVE_MAXIMUM, 65_535))


def _suback(_: int, body: bytes) -> SubAck:
    _found, at = _properties(body, 2)
    return SubAck(_number(body, 0), sum(reason >= _FAILURE for reason in body[at:]))


def _message(head: int, body: bytes) -> PublishPacket:
    qos = head >> 1 & 3
    if qos > 1:
        raise WireError(f"QoS {qos} was not asked for")
    end = 2 + _number(body, 0)
    topic = body[2:end].decode()
    packet_id = 0
    if qos:
        packet_id = _number(body, end)
        end += 2
    if body[end] == 0:
        return PublishPacket(topic, body[end + 1 :], packet_id)
    if body[end] == _EXPIRY_ALONE and body[end + 1] == _MESSAGE_EXPIRY:
        return PublishPacket(topic, body[end + 6 :], packet_id)
    _, at = _properties(body, end)
    return PublishPacket(topic, body[at:], packet_id)


_PARSERS: Final[dict[int, Callable[[int, bytes], Packet]]] = {
    2: _connack,
    3: _message,
    4: lambda _, body: PubAck(_number(body, 0), body[2] if len(body) > 2 else 0),  # noqa: PLR2004 - the id's two bytes
    9: _suback,
    11: _suback,
    13: lambda _head, _body: PingResp(),
    14: lambda _, body: Bye(body[0] if body else 0),
}


def _properties(body: bytes, at: int) -> tuple[dict[int, int], int]:
    """Read the fixed-size properties at ``at``, and where they end. An unknown one is a broken packet [2.2.2]."""
    if at >= len(body):
        return {}, at
    length, at = _variable(body, at)
    end = at + length
    found: dict[int, int] = {}
    while at < end:
        name = body[at]
        at += 1
        if name in _FIXED:
            found[name] = int.from_bytes(body[at : at + _FIXED[name]])
            at += _FIXED[name]
        elif name in _SIZED:
            at += 2 + _number(body, at)
        elif name == _PAIR:
            at += 2 + _number(body, at)
            at += 2 + _number(body, at)
        elif name == _VARIABLE:
            _, at = _variable(body, at)
        else:
            raise WireError(f"property {name:#x}")
    return found, end


def _variable(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LENGTH_MAX_BYTES):
        byte = body[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < _FAILURE:
            return value, at + place + 1
    raise WireError("number does not end")


def _number(body: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", body, at)[0])


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _sized(properties: bytes) -> bytes:
    return _length(len(properties)) + properties


def _packet(head: int, body: bytes) -> bytes:
    return bytes([head]) + _length(len(body)) + body


def _length(value: int) -> bytes:
    encoded = bytearray()
    while True:
        value, low = divmod(value, 128)
        encoded.append(low | (_FAILURE if value else 0))
        if not value:
            return bytes(encoded)
