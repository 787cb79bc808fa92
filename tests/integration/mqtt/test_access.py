"""Access control of topics, on a real broker."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from devices import enrolment
from devices.errors import LinkError
from devices.protocol import topics
from devices.protocol.limits import SPEECH_MAX_BYTES
from province.machine_clock import utc_now
from tests.integration.mqtt.inbox import DEADLINE_S, connected
from tests.integration.real_broker import RealBroker

CONNACK = b"\x20"
REFUSED = b""


def test_the_gateway_reaches_a_device_and_hears_its_answer(broker: RealBroker) -> None:
    with (
        connected(broker.device_endpoint("xa-1-l01"), {topics.device_command("xa-1-l01"): 1}) as device,
        connected(broker.gateway_endpoint(), {topics.device_ack("+"): 1}) as gateway,
    ):
        gateway.link.publish(topics.device_command("xa-1-l01"), b"order").result(DEADLINE_S)
        assert device.next().payload == b"order"
        device.link.publish(topics.device_ack("xa-1-l01"), b"answer").result(DEADLINE_S)
        answer = gateway.next()
        assert (answer.topic, answer.payload) == ("loa/v1/d/xa-1-l01/ack", b"answer")


@pytest.mark.parametrize(
    "topic",
    [
        topics.device_state("xa-1-l02"),
        topics.device_ack("xa-1-l02"),
        topics.device_event("xa-1-l02"),
        topics.device_request("xa-1-l02", "sync"),
        topics.device_command("xa-1-l01"),
        topics.device_desired("xa-1-l01"),
        topics.area_command("xa-1"),
        topics.area_plan("xa-1"),
        topics.area_alert("xa-1"),
        topics.area_drill("xa-1"),
        topics.area_speech("xa-1", "ab" * 32),
        topics.device_cap("xa-1-l01", "o-1"),
        topics.device_drill("xa-1-l01", "o-1"),
        topics.time_beacon(),
        topics.keys(),
        topics.officers(),
        "loa/v1/anything",
        "$SYS/broker/x",
    ],
)
def test_a_device_cannot_write_what_is_not_its_own(broker: RealBroker, topic: str) -> None:
    with (
        connected(broker.device_endpoint("xa-1-l01")) as device,
        pytest.raises(LinkError, match="Not authorized"),
    ):
        device.link.publish(topic, b"forged").result(DEADLINE_S)


def test_a_device_hears_its_areas_alerts_drills_and_their_speech(broker: RealBroker) -> None:
    speech = b"s" * SPEECH_MAX_BYTES
    sent = {
        topics.area_alert("xa-1"): b"alert",
        topics.area_drill("xa-1"): b"drill",
        topics.area_speech("xa-1", "ab" * 32): speech,
    }
    heard = dict.fromkeys((topics.area_alert("xa-1"), topics.area_drill("xa-1"), topics.area_speech("xa-1", "+")), 1)
    with (
        connected(broker.device_endpoint("xa-1-l01"), heard) as device,
        connected(broker.gateway_endpoint()) as gateway,
    ):
        for topic, payload in sent.items():
            gateway.link.publish(topic, payload, retain=True, expiry_s=60).result(DEADLINE_S)
        assert {(message := device.next()).topic: message.payload for _ in sent} == sent
        for topic in sent:
            gateway.link.publish(topic, b"", retain=True).result(DEADLINE_S)
        assert {device.next().payload for _ in sent} == {b""}
    with connected(broker.device_endpoint("xa-1-l02"), heard) as late, connected(broker.gateway_endpoint()) as gateway:
        gateway.link.publish(topics.area_alert("xa-1"), b"the next").result(DEADLINE_S)
        assert late.next().payload == b"the next"


def test_a_device_cannot_read_what_another_is_told_or_says(broker: RealBroker) -> None:
    other = "xa-1-l02"
    wanted = [topics.device_command(other), topics.device_desired(other), topics.device_state(other), "loa/v1/d/#", "#"]
    with (
        connected(broker.device_endpoint(other)) as neighbour,
        connected(broker.gateway_endpoint()) as gateway,
        connected(
            broker.device_endpoint("xa-1-l01"), {**dict.fromkeys(wanted, 1), topics.device_command("xa-1-l01"): 1}
        ) as spy,
    ):
        gateway.link.publish(topics.device_command(other), b"secret").result(DEADLINE_S)
        gateway.link.publish(topics.device_desired(other), b"secret", retain=True).result(DEADLINE_S)
        neighbour.link.publish(topics.device_state(other), b"secret").result(DEADLINE_S)
        gateway.link.publish(topics.device_command("xa-1-l01"), b"mine").result(DEADLINE_S)
        # Overlapping subscriptions may bring a message more than once.
        assert spy.next().payload == b"mine"
        assert {message.payload for message in spy.rest()} <= {b"mine"}


def test_a_station_reads_its_own_notices_and_nobody_elses(broker: RealBroker) -> None:
    own, other = "xa-1-s01", "xa-2-s01"
    wanted = (topics.device_cap(own, "+"), topics.device_drill(own, "+"))
    spied = (topics.device_cap(other, "+"), topics.device_drill(other, "+"))
    with (
        connected(broker.gateway_endpoint()) as gateway,
        connected(broker.device_endpoint(own), dict.fromkeys((*wanted, *spied), 0)) as station,
    ):
        for topic in (topics.device_cap(other, "o-1"), topics.device_drill(other, "o-1")):
            gateway.link.publish(topic, b"another's", retain=True, expiry_s=60).result(DEADLINE_S)
        sent = {topics.device_cap(own, "o-1"): b"alert", topics.device_drill(own, "o-2"): b"drill"}
        for topic, payload in sent.items():
            gateway.link.publish(topic, payload, retain=True, expiry_s=60).result(DEADLINE_S)
        assert {(message := station.next()).topic: message.payload for _ in sent} == sent
        assert {message.payload for message in station.rest()} <= set(sent.values())


def test_a_device_cannot_throw_another_off_by_using_its_client_id(broker: RealBroker) -> None:
    victim_commands = {topics.device_command("xa-1-l02"): 1}
    with (
        connected(broker.device_endpoint("xa-1-l02"), victim_commands) as victim,
        connected(broker.gateway_endpoint()) as gateway,
        connected(broker.device_endpoint("xa-1-l01", client_id="xa-1-l02")),
    ):
        gateway.link.publish(topics.device_command("xa-1-l02"), b"still here").result(DEADLINE_S)
        assert victim.next().payload == b"still here"
        assert victim.link.is_ready


def test_a_certificate_of_our_authority_is_taken(broker: RealBroker) -> None:
    endpoint = broker.device_endpoint("xa-1-l01")
    assert first_answer(broker, tls(broker, endpoint.certificate, endpoint.key))[:1] == CONNACK


def test_a_certificate_of_another_authority_is_refused(broker: RealBroker, tmp_path: Path) -> None:
    now = utc_now()
    forged = enrolment.issue_device(enrolment.make_ca("Stranger", now), "xa-1-l01", now)
    (tmp_path / "forged.pem").write_bytes(forged.certificate)
    (tmp_path / "forged.key").write_bytes(forged.key)
    assert first_answer(broker, tls(broker, tmp_path / "forged.pem", tmp_path / "forged.key")) == REFUSED


def test_without_a_certificate_the_connection_is_refused(broker: RealBroker) -> None:
    assert first_answer(broker, tls(broker)) == REFUSED


def tls(broker: RealBroker, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(broker.keyring.folder / "ca.pem"))
    if certificate is not None:
        context.load_cert_chain(str(certificate), str(key))
    return context


def first_answer(broker: RealBroker, context: ssl.SSLContext) -> bytes:
    """Return the broker's answer to an MQTT 5 CONNECT on this connection; ``REFUSED`` where it hangs up."""
    try:
        with (
            socket.create_connection(("127.0.0.1", broker.port), timeout=DEADLINE_S) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as link,
        ):
            link.sendall(bytes.fromhex("1010 0004 4d515454 05 02 003c 00 0003 616263"))
            return link.recv(64)
    except (ssl.SSLError, ConnectionError):
        return REFUSED
