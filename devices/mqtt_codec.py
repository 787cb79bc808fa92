"""MQTT 5 codec of a client that publishes and subscribes with QoS 0 and 1, for gateway and device: no I/O.

Numbers in brackets are sections of the OASIS standard (7 March 2019). Why not paho: docs/adr/0005 and 0011.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

PACKET_MAX_BYTES: Final = 64 * 1024
"""Maximum Packet Size sent to the broker: it never sends a larger packet, and a larger one is no MQTT."""
_LENGTH_MAX_BYTES: Final = 4
_MORE: Final = 0x80
"""Bit of a byte of a variable integer [1.5.5] after which another byte follows."""
_CLEAN_START: Final = 0x02
_WILL_QOS_1: Final = 0x0C
_WILL_RETAIN: Final = 0x20
_USER_AND_PASSWORD: Final = 0xC0
_FAILURE: Final = 0x80
_PUBLISH: Final = 3

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


class PacketError(Exception):
    """The bytes are no MQTT 5 that a client gets: drop the connection."""


class _Packet(msgspec.Struct, frozen=True, gc=False):
    """Base of packets. A struct: thousands are made a second, and a dataclass takes five times as long to make."""


class Will(_Packet, frozen=True, gc=False):
    """Will: published by the broker, retained with QoS 1, ``delay_s`` after we are gone without DISCONNECT."""

    topic: str
    payload: bytes
    delay_s: int


class ConnAck(_Packet, frozen=True, gc=False):
    """CONNACK. ``reason`` is 0 where the broker accepted the connection."""

    session_present: bool
    reason: int
    receive_maximum: int

    @property
    def is_refusal(self) -> bool:
        return is_failure(self.reason)


class PublishPacket(_Packet, frozen=True, gc=False):
    """PUBLISH; ``packet_id`` is 0 with QoS 0."""

    topic: str
    payload: bytes
    packet_id: int
    retain: bool = False

    @property
    def qos(self) -> int:
        return 1 if self.packet_id else 0


class PubAck(_Packet, frozen=True, gc=False):
    """PUBACK. ``reason`` is 0 where the broker left it out [3.4.2.1]; a refused message was not delivered at all."""

    packet_id: int
    reason: int = 0

    @property
    def is_refusal(self) -> bool:
        return is_failure(self.reason)


class SubAck(_Packet, frozen=True, gc=False):
    """SUBACK or UNSUBACK, with a reason code for each topic filter of the request."""

    packet_id: int
    reasons: tuple[int, ...]

    @property
    def refused(self) -> int:
        """Number of refused topic filters."""
        return sum(map(is_failure, self.reasons))


class PingResp(_Packet, frozen=True, gc=False):
    """PINGRESP."""


class BrokerDisconnect(_Packet, frozen=True, gc=False):
    """DISCONNECT of the broker; ``reason`` is 0 where it gave none."""

    reason: int


Packet = ConnAck | PublishPacket | PubAck | SubAck | PingResp | BrokerDisconnect


def is_failure(reason: int) -> bool:
    """Return whether a reason code [2.4] means that nothing was done."""
    return reason >= _FAILURE


def connect(
    client_id: str,
    *,
    keep_alive_s: int,
    session_expiry_s: int,
    receive_maximum: int,
    will: Will | None = None,
    is_clean: bool = False,
    user: str = "",
    password: str = "",
) -> bytes:
    """Return a CONNECT [3.1]; without a clean start the broker keeps the messages that arrive while we are away.

    ``password`` goes with a ``user`` alone.
    """
    flags = (_WILL_QOS_1 | _WILL_RETAIN | 0x04 if will else 0) | (_CLEAN_START if is_clean else 0)
    flags |= _USER_AND_PASSWORD if user else 0
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
    if user:
        body += _text(user) + _text(password)
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
    """Return a SUBSCRIBE [3.8] of topic filters, each with its highest QoS."""
    wanted = b"".join(_text(topic) + bytes([qos]) for topic, qos in topics)
    return _packet(0x82, struct.pack(">HB", packet_id, 0) + wanted)


def unsubscribe(packet_id: int, topics: Iterable[str]) -> bytes:
    """Return an UNSUBSCRIBE [3.10]."""
    return _packet(0xA2, struct.pack(">HB", packet_id, 0) + b"".join(_text(topic) for topic in topics))


def puback(packet_id: int) -> bytes:
    """Return a PUBACK without a reason, which means success [3.4]."""
    return struct.pack(">BBH", 0x40, 2, packet_id)


PING: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"
"""DISCONNECT [3.14]: the will is dropped, the session stays."""
DISCONNECT_WITH_WILL: Final = b"\xe0\x01\x04"
"""DISCONNECT with will: the broker publishes the will [3.14.2.1]."""


class PacketReader:
    """Packet reader: bytes in pieces of any size in, whole packets out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the packets completed by ``data``.

        Raises:
            PacketError: garbage, or a packet larger than was agreed.
        """
        data = self._rest + data if self._rest else data
        at, size = 0, len(data)
        while at + 1 < size:
            # Every length but the longest packets' takes one or two bytes.
            length, start = data[at + 1], at + 2
            if length >= _MORE:
                length, start = _length_at(data, at + 1)
            end = start + length
            if end > size or not start:
                break
            kind = data[at] >> 4
            try:
                packet = _message(data, at, start, end) if kind == _PUBLISH else _parse(kind, data[start:end])
            except (struct.error, IndexError, UnicodeDecodeError) as error:
                raise PacketError(f"packet type {kind}: {error}") from None
            at = end
            yield packet
        self._rest = data[at:]


def _length_at(data: bytes, at: int) -> tuple[int, int]:
    """Return the length of a packet and where its body begins, which is 0 while the length is not complete."""
    length = 0
    for place in range(min(len(data) - at, _LENGTH_MAX_BYTES)):
        byte = data[at + place]
        length |= (byte & 0x7F) << 7 * place
        if length > PACKET_MAX_BYTES:
            raise PacketError("packet too large")
        if byte < _MORE:
            return length, at + place + 1
    if len(data) - at >= _LENGTH_MAX_BYTES:
        raise PacketError("length does not end")
    return 0, 0


def _message(data: bytes, at: int, start: int, end: int) -> PublishPacket:
    """Read a PUBLISH in place: each slice of a message costs as much as everything else together."""
    head = data[at]
    body = start + 2 + (data[start] << 8 | data[start + 1])
    topic = data[start + 2 : body].decode()
    packet_id = 0
    if qos := head >> 1 & 3:
        packet_id = data[body] << 8 | data[body + 1]
        body += 2
        if qos > 1 or packet_id == 0:
            raise PacketError(f"QoS {qos} with packet id {packet_id}")
    if data[body] == 0:
        body += 1
    elif data[body] == _EXPIRY_ALONE and data[body + 1] == _MESSAGE_EXPIRY:
        body += 1 + _EXPIRY_ALONE
    else:
        _, body = _properties(data, body)
    if body > end:
        raise PacketError("PUBLISH shorter than its parts")
    return PublishPacket(topic, data[body:end], packet_id, head & 1 == 1)


def _parse(kind: int, body: bytes) -> Packet:
    parse = _PARSERS.get(kind)
    if parse is None:
        raise PacketError(f"packet type {kind} from a broker")
    return parse(body)


def _connack(body: bytes) -> ConnAck:
    properties, _end = _properties(body, 2)
    return ConnAck(bool(body[0] & 1), body[1], properties.get(_RECEIVE_MAXIMUM, 65_535))


def _puback(body: bytes) -> PubAck:
    return PubAck(_number(body, 0), body[2] if len(body) > 2 else 0)  # noqa: PLR2004 - the id's two bytes


def _suback(body: bytes) -> SubAck:
    if len(body) <= 2:  # noqa: PLR2004 - the id's two bytes
        raise PacketError("SUBACK without properties")
    _found, at = _properties(body, 2)
    return SubAck(_number(body, 0), tuple(body[at:]))


_PARSERS: Final[dict[int, Callable[[bytes], Packet]]] = {
    2: _connack,
    4: _puback,
    9: _suback,
    11: _suback,
    13: lambda _body: PingResp(),
    14: lambda body: BrokerDisconnect(body[0] if body else 0),
}


def _properties(body: bytes, at: int) -> tuple[dict[int, int], int]:
    """Read the fixed-size properties at ``at``, and where they end. An unknown one is a broken packet [2.2.2]."""
    if at >= len(body):
        return {}, at
    length, at = _variable(body, at)
    end = at + length
    if end > len(body):
        raise PacketError("properties beyond their packet")
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
            raise PacketError(f"property {name:#x}")
    return found, end


def _variable(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LENGTH_MAX_BYTES):
        byte = body[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < _MORE:
            return value, at + place + 1
    raise PacketError("number does not end")


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
        encoded.append(low | (_MORE if value else 0))
        if not value:
            return bytes(encoded)
