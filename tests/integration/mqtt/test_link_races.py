"""Races between publishing and the connection's thread: orders that a real broker shows only rarely."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.errors import LinkError
from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink

TOPIC = "loa/v1/a/xa-1/cmd"
SUCCESS = ReasonCode(PacketTypes.PUBACK, "Success")
REFUSED = ReasonCode(PacketTypes.PUBACK, "Not authorized")
NO_REASON = ReasonCode(PacketTypes.CONNACK, "Success")


class Wire:
    """Stand-in for paho's client: ``meanwhile`` runs on the other thread before ``publish`` returns."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.outcome = paho.MQTT_ERR_SUCCESS
        self.acknowledged: list[int] = []

    def publish(self, *_: object) -> paho.MQTTMessageInfo:
        self.meanwhile()
        info = paho.MQTTMessageInfo(7)
        info.rc = self.outcome
        return info

    def ack(self, mid: int, qos: int) -> None:
        self.acknowledged.append(mid)

    def drop_out_messages(self) -> None:
        """Do nothing: no messages are held."""


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def link(tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> MqttDeviceLink:
    keys = Keyring.ensure(Settings(home=tmp_path)).folder
    endpoint = Endpoint("127.0.0.1", 1, "gateway", keys / "ca.pem", keys / "gateway.pem", keys / "gateway.key")
    made = MqttDeviceLink(endpoint, subscriptions={}, on_message=lambda _: None)
    monkeypatch.setattr(made, "_client", wire)
    connect(made, wire)
    return made


def connect(link: MqttDeviceLink, wire: Wire, reason: ReasonCode = NO_REASON) -> None:
    link._connected(wire, None, paho.ConnectFlags(session_present=True), reason, None)  # type: ignore[arg-type]


def disconnect(link: MqttDeviceLink, wire: Wire) -> None:
    flags = paho.DisconnectFlags(is_disconnect_packet_from_server=False)
    link._disconnected(wire, None, flags, NO_REASON, None)  # type: ignore[arg-type]


def confirm(link: MqttDeviceLink, wire: Wire, reason: ReasonCode) -> None:
    link._published(wire, None, 7, reason, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_early", [True, False])
def test_a_confirmation_counts_whenever_it_comes(link: MqttDeviceLink, wire: Wire, *, is_early: bool) -> None:
    if is_early:
        wire.meanwhile = lambda: confirm(link, wire, SUCCESS)
    done = link.publish(TOPIC, b"x")
    if not is_early:
        assert not done.done()
        confirm(link, wire, SUCCESS)
    assert done.result(0) is None


@pytest.mark.parametrize("is_early", [True, False])
def test_a_refusal_is_an_error_whenever_it_comes(link: MqttDeviceLink, wire: Wire, *, is_early: bool) -> None:
    if is_early:
        wire.meanwhile = lambda: confirm(link, wire, REFUSED)
    done = link.publish(TOPIC, b"x")
    if not is_early:
        confirm(link, wire, REFUSED)
    assert isinstance(done.exception(0), LinkError)


def test_a_connection_lost_while_publishing_fails_the_publish(link: MqttDeviceLink, wire: Wire) -> None:
    wire.meanwhile = lambda: disconnect(link, wire)
    assert isinstance(link.publish(TOPIC, b"x").exception(0), LinkError)


def test_a_publish_that_paho_does_not_take_is_an_error(link: MqttDeviceLink, wire: Wire) -> None:
    wire.outcome = paho.MQTT_ERR_NO_CONN
    with pytest.raises(LinkError):
        link.publish(TOPIC, b"x")


def test_a_confirmation_of_an_earlier_connection_confirms_nothing_on_this_one(link: MqttDeviceLink, wire: Wire) -> None:
    confirm(link, wire, SUCCESS)
    disconnect(link, wire)
    connect(link, wire)
    assert not link.publish(TOPIC, b"x").done()


def test_a_message_of_an_earlier_connection_is_not_acknowledged_on_this_one(link: MqttDeviceLink, wire: Wire) -> None:
    link.acknowledge(Incoming(TOPIC, b"", retain=False, qos=1, mid=3, connection=1))
    link.acknowledge(Incoming(TOPIC, b"", retain=False, qos=0, mid=4, connection=1))
    disconnect(link, wire)
    connect(link, wire)
    link.acknowledge(Incoming(TOPIC, b"", retain=False, qos=1, mid=5, connection=1))
    assert wire.acknowledged == [3]


def test_a_broker_that_refuses_the_connection_leaves_the_link_unready(link: MqttDeviceLink, wire: Wire) -> None:
    disconnect(link, wire)
    connect(link, wire, ReasonCode(PacketTypes.CONNACK, "Not authorized"))
    assert not link.is_ready


def test_a_link_that_may_not_send_publishes_nothing(link: MqttDeviceLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "_may_send", lambda: False)
    with pytest.raises(LinkError):
        link.publish(TOPIC, b"word")


def test_a_link_waits_until_it_may_connect_or_is_closed(link: MqttDeviceLink, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, False, True])
    monkeypatch.setattr(link, "_may_send", lambda: next(answers))
    client = link._make_client()
    client.connect_async("127.0.0.1", 1)
    with pytest.raises(ConnectionRefusedError):
        client.reconnect()
    assert list(answers) == []
    link._closing.set()
    monkeypatch.setattr(link, "_may_send", lambda: False)
    with pytest.raises(ConnectionAbortedError):
        client.reconnect()
