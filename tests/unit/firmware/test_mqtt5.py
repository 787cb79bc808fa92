"""MQTT 5 packets, byte for byte as in the standard, at any fragmentation."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import mqtt5

CONNACK = bytes.fromhex("20 06 01 00 03 21 00 14")
PUBLISH_QOS0 = bytes.fromhex("30 07 00 01 74 00") + b"abc"
PUBLISH_QOS1 = bytes.fromhex("32 0e 00 01 74 00 07 05 02 00 00 00 3c") + b"abc"
PUBACK = bytes.fromhex("40 02 00 07")
SUBACK = bytes.fromhex("90 05 00 08 00 01 87")
UNSUBACK = bytes.fromhex("b0 04 00 09 00 00")
PINGRESP = bytes.fromhex("d0 00")
DISCONNECT = bytes.fromhex("e0 02 8e 00")
STREAM = CONNACK + PUBLISH_QOS0 + PUBLISH_QOS1 + PUBACK + SUBACK + UNSUBACK + PINGRESP + DISCONNECT
PACKETS: list[mqtt5.Packet] = [
    mqtt5.ConnAck(session_present=True, reason=0, receive_maximum=20),
    mqtt5.PublishPacket("t", b"abc", 0),
    mqtt5.PublishPacket("t", b"abc", 7),
    mqtt5.PubAck(7),
    mqtt5.SubAck(8, refused=1),
    mqtt5.SubAck(9, refused=0),
    mqtt5.PingResp(),
    mqtt5.Bye(0x8E),
]


def test_a_stream_of_packets_is_read() -> None:
    assert list(mqtt5.PacketReader().feed(STREAM)) == PACKETS


def test_why_a_message_was_refused_is_read() -> None:
    refused, nobody = mqtt5.PacketReader().feed(bytes.fromhex("40 04 00 07 97 00  40 03 00 08 10"))
    assert (refused, nobody) == (mqtt5.PubAck(7, 0x97), mqtt5.PubAck(8, 0x10))
    assert mqtt5.PubAck(7, 0x97).is_refusal
    assert not mqtt5.PubAck(8, 0x10).is_refusal, "that nobody subscribes is no refusal"


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_a_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    reader = mqtt5.PacketReader()
    bounds = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(bounds)]
    assert [packet for piece in pieces for packet in reader.feed(piece)] == PACKETS


def test_a_stream_may_come_byte_by_byte() -> None:
    reader = mqtt5.PacketReader()
    assert [packet for byte in STREAM for packet in reader.feed(bytes([byte]))] == PACKETS


@given(st.binary(max_size=300))
def test_garbage_is_read_or_refused_but_never_crashes(data: bytes) -> None:
    try:
        list(mqtt5.PacketReader().feed(data))
    except mqtt5.WireError:
        return


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
    ],
)
def test_what_is_no_mqtt_is_refused(data: bytes) -> None:
    with pytest.raises(mqtt5.WireError):
        list(mqtt5.PacketReader().feed(data))


def test_properties_of_every_layout_are_stepped_over() -> None:
    properties = bytes.fromhex("01 01") + b"\x03\x00\x01x" + b"\x26\x00\x01a\x00\x01b" + b"\x0b\x80\x01"
    body = b"\x00\x01t" + bytes([len(properties)]) + properties + b"abc"
    packet = bytes([0x30, len(body)]) + body
    assert list(mqtt5.PacketReader().feed(packet)) == [mqtt5.PublishPacket("t", b"abc", 0)]


def test_a_publish_is_written_as_it_is_read() -> None:
    assert mqtt5.publish("t", b"abc", packet_id=0, retain=False, expiry_s=None) == PUBLISH_QOS0
    assert mqtt5.publish("t", b"abc", packet_id=7, retain=False, expiry_s=60) == PUBLISH_QOS1
    head = mqtt5.publish("t", b"", packet_id=7, retain=True, expiry_s=None, duplicate=True)[0]
    assert head == 0x3B


@given(st.text(max_size=200), st.binary(max_size=20_000), st.integers(0, 65_535))
def test_any_publish_comes_back(topic: str, payload: bytes, packet_id: int) -> None:
    wire = mqtt5.publish(topic, payload, packet_id=packet_id, retain=False, expiry_s=9)
    assert list(mqtt5.PacketReader().feed(wire)) == [mqtt5.PublishPacket(topic, payload, packet_id)]


def test_a_subscription_and_its_end_are_written() -> None:
    assert mqtt5.subscribe(8, [("a/b", 1)]) == bytes.fromhex("82 09 00 08 00 00 03") + b"a/b\x01"
    assert mqtt5.unsubscribe(9, ["a/b"]) == bytes.fromhex("a2 08 00 09 00 00 03") + b"a/b"
    assert mqtt5.puback(7) == PUBACK


def test_a_connect_asks_for_a_kept_session_and_leaves_a_will() -> None:
    will = mqtt5.Will("d/x/state", b"gone", 30)
    wire = mqtt5.connect("x", keep_alive_s=60, session_expiry_s=86_400, receive_maximum=20, will=will)
    assert wire[0] == 0x10
    assert wire[2:12] == b"\x00\x04MQTT\x05\x2c\x00\x3c"
    assert b"\x11" + struct.pack(">I", 86_400) in wire
    assert b"\x21\x00\x14" in wire
    assert wire.endswith(b"\x05\x18\x00\x00\x00\x1e\x00\x09d/x/state\x00\x04gone")
