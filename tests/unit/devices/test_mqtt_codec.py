"""MQTT 5 codec of gateway and device: golden bytes from the standard, cut anywhere, and garbage."""

from __future__ import annotations

import random
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import mqtt_codec

CONNACK = bytes.fromhex("20 06 01 00 03 21 00 14")
PUBLISH_QOS0 = bytes.fromhex("30 07 00 01 74 00") + b"abc"
RETAINED = bytes.fromhex("31 06 00 01 61 00 68 69")
PUBLISH_QOS1 = bytes.fromhex("32 0e 00 01 74 00 07 05 02 00 00 00 3c") + b"abc"
LONG_ID = bytes.fromhex("32 0d 00 01 62 01 02 05 02 00 00 00 3c 68 69")
PUBACK = bytes.fromhex("40 02 00 07")
REFUSED = bytes.fromhex("20 03 00 87 00")
SUBACK = bytes.fromhex("90 05 00 08 00 01 87")
UNSUBACK = bytes.fromhex("b0 04 00 09 00 00")
PINGRESP = bytes.fromhex("d0 00")
DISCONNECT = bytes.fromhex("e0 02 8e 00")
STREAM = b"".join(
    (CONNACK, PUBLISH_QOS0, RETAINED, PUBLISH_QOS1, LONG_ID, PUBACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT)
)
PACKETS: list[mqtt_codec.Packet] = [
    mqtt_codec.ConnAck(session_present=True, reason=0, receive_maximum=20),
    mqtt_codec.PublishPacket("t", b"abc", 0),
    mqtt_codec.PublishPacket("a", b"hi", 0, retain=True),
    mqtt_codec.PublishPacket("t", b"abc", 7),
    mqtt_codec.PublishPacket("b", b"hi", 0x0102),
    mqtt_codec.PubAck(7),
    mqtt_codec.SubAck(8, (1, 0x87)),
    mqtt_codec.SubAck(9, (0,)),
    mqtt_codec.PingResp(),
    mqtt_codec.BrokerDisconnect(0x8E),
]


def test_a_stream_of_packets_is_read() -> None:
    assert list(mqtt_codec.PacketReader().feed(STREAM)) == PACKETS


def test_why_a_message_was_refused_is_read() -> None:
    refused, nobody = mqtt_codec.PacketReader().feed(bytes.fromhex("40 04 00 07 97 00  40 03 00 08 10"))
    assert (refused, nobody) == (mqtt_codec.PubAck(7, 0x97), mqtt_codec.PubAck(8, 0x10))
    assert mqtt_codec.PubAck(7, 0x97).is_refusal
    assert not mqtt_codec.PubAck(8, 0x10).is_refusal, "that nobody subscribes is no refusal"


def test_quality_of_service_follows_from_the_packet_id() -> None:
    found = [packet for packet in PACKETS if isinstance(packet, mqtt_codec.PublishPacket)]
    assert [packet.qos for packet in found] == [0, 0, 1, 1]


def test_refusals_are_told_from_acceptances() -> None:
    accepted, refused, subscribed, unsubscribed = mqtt_codec.PacketReader().feed(CONNACK + REFUSED + SUBACK + UNSUBACK)
    assert isinstance(accepted, mqtt_codec.ConnAck)
    assert isinstance(refused, mqtt_codec.ConnAck)
    assert isinstance(subscribed, mqtt_codec.SubAck)
    assert isinstance(unsubscribed, mqtt_codec.SubAck)
    assert (accepted.is_refusal, refused.is_refusal, refused.reason) == (False, True, 0x87)
    assert [mqtt_codec.is_failure(reason) for reason in subscribed.reasons] == [False, True]
    assert (subscribed.refused, unsubscribed.refused) == (1, 0)


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_a_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    reader = mqtt_codec.PacketReader()
    bounds = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(bounds)]
    assert [packet for piece in pieces for packet in reader.feed(piece)] == PACKETS


def test_a_stream_may_come_byte_by_byte() -> None:
    reader = mqtt_codec.PacketReader()
    assert [packet for byte in STREAM for packet in reader.feed(bytes([byte]))] == PACKETS


@pytest.mark.parametrize("cut", range(len(STREAM)))
def test_a_stream_may_be_cut_at_each_byte(cut: int) -> None:
    reader = mqtt_codec.PacketReader()
    assert [*reader.feed(STREAM[:cut]), *reader.feed(STREAM[cut:])] == PACKETS


@given(st.binary(max_size=300))
def test_garbage_is_read_or_refused_but_never_crashes(data: bytes) -> None:
    try:
        list(mqtt_codec.PacketReader().feed(data))
    except mqtt_codec.PacketError:
        return


def test_noise_in_a_stream_is_read_or_refused_but_never_crashes() -> None:
    dice = random.Random(7)
    for _ in range(3_000):
        stream = bytearray(STREAM)
        for _ in range(dice.randint(1, 4)):
            stream[dice.randrange(len(stream))] = dice.randrange(256)
        try:
            list(mqtt_codec.PacketReader().feed(bytes(stream)))
        except mqtt_codec.PacketError:
            continue


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytes.fromhex("30 ff ff ff ff 01"), id="a length that does not end"),
        pytest.param(bytes.fromhex("30 80 80 08"), id="a packet beyond the agreed size"),
        pytest.param(bytes.fromhex("34 07 00 01 74 00 07 00 61"), id="QoS 2"),
        pytest.param(bytes.fromhex("10 00"), id="a packet that only clients send"),
        pytest.param(bytes.fromhex("40 01 00"), id="a packet cut short"),
        pytest.param(bytes.fromhex("30 04 00 09 74 74"), id="a topic longer than its packet"),
        pytest.param(bytes.fromhex("20 05 00 00 02 7f 00"), id="an unknown property"),
        pytest.param(bytes.fromhex("30 05 00 01 ff 00 61"), id="a topic that is no UTF-8"),
        pytest.param(bytes.fromhex("30 04 00 01 ff 00"), id="a topic that is no UTF-8, without a payload"),
        pytest.param(bytes.fromhex("20 01 00"), id="a CONNACK without a reason"),
        pytest.param(bytes.fromhex("90 02 00 01"), id="a SUBACK without properties"),
        pytest.param(bytes.fromhex("00 00"), id="a reserved packet type"),
        pytest.param(bytes.fromhex("32 05 00 01 61 00 00"), id="packet id 0"),
        pytest.param(bytes.fromhex("34 07 00 01 61 00 01 00 68"), id="QoS 2 with a payload"),
        pytest.param(bytes.fromhex("30 02 00 ff"), id="a topic beyond the packet"),
        pytest.param(bytes.fromhex("30 05 00 01 61 7f 00"), id="properties beyond the packet"),
        pytest.param(bytes.fromhex("30 05 00 01 61 05 02") + PUBLISH_QOS0, id="properties in the next packet"),
        pytest.param(bytes.fromhex("90 04 00 01 05 00"), id="properties beyond a SUBACK"),
        pytest.param(bytes.fromhex("30 ff ff ff 7f"), id="far too long"),
        pytest.param(bytes.fromhex("30 ff ff ff ff ff"), id="a length of more than four bytes"),
    ],
)
def test_what_is_no_mqtt_is_refused(data: bytes) -> None:
    with pytest.raises(mqtt_codec.PacketError):
        list(mqtt_codec.PacketReader().feed(data))


def test_properties_of_every_layout_are_stepped_over() -> None:
    properties = bytes.fromhex("01 01") + b"\x03\x00\x01x" + b"\x26\x00\x01a\x00\x01b" + b"\x0b\x80\x01"
    body = b"\x00\x01t" + bytes([len(properties)]) + properties + b"abc"
    packet = bytes([0x30, len(body)]) + body
    assert list(mqtt_codec.PacketReader().feed(packet)) == [mqtt_codec.PublishPacket("t", b"abc", 0)]


def test_a_publish_is_written_as_it_is_read() -> None:
    assert mqtt_codec.publish("t", b"abc", packet_id=0, retain=False, expiry_s=None) == PUBLISH_QOS0
    assert mqtt_codec.publish("t", b"abc", packet_id=7, retain=False, expiry_s=60) == PUBLISH_QOS1
    head = mqtt_codec.publish("t", b"", packet_id=7, retain=True, expiry_s=None, duplicate=True)[0]
    assert head == 0x3B
    clearing = mqtt_codec.publish("d/x/state", b"", packet_id=1, retain=True, expiry_s=None)
    assert clearing == bytes.fromhex("33 0e 0009") + b"d/x/state" + bytes.fromhex("0001 00")


@given(st.text(max_size=200), st.binary(max_size=20_000), st.integers(0, 65_535), st.booleans())
def test_any_publish_comes_back(topic: str, payload: bytes, packet_id: int, retain: bool) -> None:
    wire = mqtt_codec.publish(topic, payload, packet_id=packet_id, retain=retain, expiry_s=9)
    assert list(mqtt_codec.PacketReader().feed(wire)) == [mqtt_codec.PublishPacket(topic, payload, packet_id, retain)]


def test_a_subscription_and_its_end_are_written() -> None:
    assert mqtt_codec.subscribe(8, [("a/b", 1)]) == bytes.fromhex("82 09 00 08 00 00 03") + b"a/b\x01"
    assert mqtt_codec.unsubscribe(9, ["a/b"]) == bytes.fromhex("a2 08 00 09 00 00 03") + b"a/b"
    assert mqtt_codec.puback(7) == PUBACK


def test_several_filters_are_subscribed_to_at_once() -> None:
    assert mqtt_codec.subscribe(1, {"d/+/ack": 1, "t": 0}.items()) == bytes.fromhex(
        "82 11 0001 00 0007"
    ) + b"d/+/ack" + bytes.fromhex("01 0001 74 00")
    assert mqtt_codec.puback(0x0102) == bytes.fromhex("40 02 01 02")
    assert (mqtt_codec.PING, mqtt_codec.DISCONNECT) == (b"\xc0\x00", b"\xe0\x00")


def test_many_filters_make_a_length_of_two_bytes() -> None:
    sent = mqtt_codec.subscribe(1, {f"filter-{number:02}": 1 for number in range(20)}.items())
    assert sent[1:3] == bytes([(3 + 20 * 12) & 0x7F | 0x80, (3 + 20 * 12) >> 7])
    assert len(sent) == 3 + 3 + 20 * 12


def test_the_gateway_connects_to_the_session_it_left() -> None:
    sent = mqtt_codec.connect("gateway.ear", keep_alive_s=60, session_expiry_s=86_400, receive_maximum=5_000)
    assert (
        sent == bytes.fromhex("10 25 0004 4d515454 05 00 003c 0d 11 00015180 21 1388 27 00010000 000b") + b"gateway.ear"
    )


def test_user_and_password_come_last_in_a_connect() -> None:
    wire = mqtt_codec.connect(
        "x", keep_alive_s=60, session_expiry_s=0, receive_maximum=20, user="loa", password="bí mật"
    )
    assert wire[9] == 0xC0
    assert wire.endswith(b"\x00\x01x\x00\x03loa\x00\x09" + "bí mật".encode())
    will = mqtt_codec.Will("t", b"gone", 30)
    both = mqtt_codec.connect("x", keep_alive_s=60, session_expiry_s=0, receive_maximum=20, will=will, user="loa")
    assert both[9] == 0xC0 | 0x2C
    assert both.endswith(b"\x00\x04gone\x00\x03loa\x00\x00")


def test_a_connect_asks_for_a_kept_session_and_leaves_a_will() -> None:
    will = mqtt_codec.Will("d/x/state", b"gone", 30)
    wire = mqtt_codec.connect("x", keep_alive_s=60, session_expiry_s=86_400, receive_maximum=20, will=will)
    assert wire[0] == 0x10
    assert wire[2:12] == b"\x00\x04MQTT\x05\x2c\x00\x3c"
    assert b"\x11" + struct.pack(">I", 86_400) in wire
    assert b"\x21\x00\x14" in wire
    assert wire.endswith(b"\x05\x18\x00\x00\x00\x1e\x00\x09d/x/state\x00\x04gone")
