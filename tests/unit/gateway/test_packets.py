"""MQTT 5 of the enrolment listener: golden bytes from the standard, cut anywhere, and garbage."""

from __future__ import annotations

import random

import pytest

from devices.mqtt import packets
from devices.mqtt.packets import Message, PacketError, PacketParser, PacketType, Reasons

CONNACK = bytes.fromhex("20 06 01 00 03 21 00 14")
REFUSED = bytes.fromhex("20 03 00 87 00")
SUBACK = bytes.fromhex("90 05 00 01 00 01 87")
QOS_0 = bytes.fromhex("31 06 00 01 61 00 68 69")
QOS_1 = bytes.fromhex("32 0d 00 01 62 01 02 05 02 00 00 00 3c 68 69")
PINGRESP = bytes.fromhex("d0 00")
DISCONNECT = bytes.fromhex("e0 02 8e 00")
STREAM = CONNACK + SUBACK + QOS_0 + QOS_1 + PINGRESP + DISCONNECT
FOUND = [
    Reasons(PacketType.CONNACK, (0,)),
    Reasons(PacketType.SUBACK, (1, 0x87)),
    Message("a", b"hi", retain=True, qos=0, packet_id=0),
    Message("b", b"hi", retain=False, qos=1, packet_id=0x0102),
    Reasons(PacketType.PINGRESP, ()),
    Reasons(PacketType.DISCONNECT, (0x8E,)),
]


def test_a_listener_connects_to_the_session_it_left() -> None:
    sent = packets.connect("gateway.ear", keep_alive_s=60, session_expiry_s=86_400, receive_maximum=5_000)
    assert (
        sent == bytes.fromhex("10 25 0004 4d515454 05 00 003c 0d 11 00015180 21 1388 27 00010000 000b") + b"gateway.ear"
    )


def test_it_subscribes_acknowledges_pings_and_says_goodbye() -> None:
    assert packets.subscribe({"d/+/ack": 1, "t": 0}) == bytes.fromhex(
        "82 11 0001 00 0007"
    ) + b"d/+/ack" + bytes.fromhex("01 0001 74 00")
    assert packets.puback(0x0102) == bytes.fromhex("40 02 01 02")
    assert (packets.ping(), packets.disconnect()) == (b"\xc0\x00", b"\xe0\x00")


def test_many_filters_make_a_length_of_two_bytes() -> None:
    sent = packets.subscribe({f"filter-{number:02}": 1 for number in range(20)})
    assert sent[1:3] == bytes([(3 + 20 * 12) & 0x7F | 0x80, (3 + 20 * 12) >> 7])
    assert len(sent) == 3 + 3 + 20 * 12


def test_a_stream_is_read_whole_or_byte_by_byte() -> None:
    assert list(PacketParser().feed(STREAM)) == FOUND
    reader = PacketParser()
    assert [found for byte in STREAM for found in reader.feed(bytes([byte]))] == FOUND


@pytest.mark.parametrize("cut", range(len(STREAM)))
def test_a_stream_may_be_cut_anywhere(cut: int) -> None:
    reader = PacketParser()
    assert [*reader.feed(STREAM[:cut]), *reader.feed(STREAM[cut:])] == FOUND


def test_what_failed_is_told_apart() -> None:
    found = [*PacketParser().feed(CONNACK), *PacketParser().feed(REFUSED), *PacketParser().feed(SUBACK)]
    assert [each.failures for each in found if isinstance(each, Reasons)] == [(), (0x87,), (0x87,)]


@pytest.mark.parametrize(
    "garbage",
    [
        "20 01 00",  # a CONNACK without a reason
        "90 02 00 01",  # a SUBACK without properties
        "10 00",  # only a client sends it
        "00 00",
        "32 05 00 01 61 00 00",  # packet id 0
        "34 07 00 01 61 00 01 00 68",  # QoS 2
        "30 02 00 ff",  # a topic beyond the packet
        "30 04 00 01 ff 00",  # a topic that is no text
        "30 05 00 01 61 7f 00",  # properties beyond the packet
        "30 ff ff ff 7f",  # far too long
        "30 ff ff ff ff ff",  # a length without end
    ],
)
def test_garbage_is_no_mqtt(garbage: str) -> None:
    with pytest.raises(PacketError):
        list(PacketParser().feed(bytes.fromhex(garbage)))


def test_noise_raises_nothing_else() -> None:
    dice = random.Random(7)
    for _ in range(3_000):
        stream = bytearray(STREAM)
        for _ in range(dice.randint(1, 4)):
            stream[dice.randrange(len(stream))] = dice.randrange(256)
        try:
            list(PacketParser().feed(bytes(stream)))
        except PacketError:
            continue
