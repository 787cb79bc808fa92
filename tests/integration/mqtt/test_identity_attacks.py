"""Attacks by a false identity on the real brokers: each is refused, and reported.

A replay is refused and reported by the device: tests/integration/firmware/test_alert_attack.py.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cms.fleet.jobs.access_control import CertificateRevoker
from cms.fleet.jobs.broker_watch import BrokerWatch
from cms.fleet.service import certificates
from cms.health.repository.faults import FaultRecords
from cms.health.service.watch import HealthWatch
from cms.platform.store.tables import EventRow
from devices import enrolment, mqtt_codec
from devices.errors import LinkError
from devices.health.kinds import FaultKind
from devices.lifecycle import LifecycleAction
from devices.mqtt import enrolment_listener, eviction
from devices.mqtt.link import Endpoint
from devices.protocol import claims, codec, topics
from devices.protocol.messages import EnrolRequest
from province.machine_clock import utc_now
from tests.builders.registrations import SERIAL, registered, settled_by_two
from tests.enrolment_listener import EnrolmentListener, open_enrolment_listener
from tests.integration.gateway.station import LOA_1, LOA_2, START, XA_1, Station, make_station
from tests.integration.mqtt.inbox import DEADLINE_S, connected
from tests.integration.mqtt.test_access import CONNACK, REFUSED, first_answer, tls
from tests.integration.process import until
from tests.integration.real_broker import RealBroker


@pytest.fixture
def station(broker: RealBroker) -> Iterator[Station]:
    made, engine = make_station(broker.settings.root, broker.settings.mqtt_port, utc_now)
    yield made
    engine.dispose()


@pytest.fixture
def watch(station: Station) -> BrokerWatch:
    return BrokerWatch(station.context, every=timedelta(0))


@pytest.fixture
def door(station: Station) -> Iterator[EnrolmentListener]:
    with open_enrolment_listener(station.context) as opened:
        yield opened


def seen(station: Station, watch: BrokerWatch, name: str, word: str) -> bool:
    watch.step()
    with station.context.uow() as unit:
        rows = unit.session.scalars(select(EventRow).where(EventRow.name == name)).all()
    return any(word in f"{row.subject_id} {row.detail}" for row in rows)


def trespasses(station: Station, watch: BrokerWatch) -> set[tuple[str, str, str]]:
    """Return the recorded trespasses: event, client, and topic."""
    watch.step()
    with station.context.uow() as unit:
        rows = unit.session.scalars(select(EventRow).where(EventRow.by == "broker")).all()
    return {(row.name, row.subject_id, json.loads(row.detail).get("topic", "")) for row in rows}


def delivered(broker: RealBroker, station: Station) -> Endpoint:
    """Record the certificate a device was delivered with, and return its endpoint."""
    endpoint = broker.device_endpoint(LOA_1)
    with station.context.uow() as unit:
        certificates.record_delivered(unit, LOA_1, endpoint.certificate.read_text(), station.context.now())
        unit.commit()
    return endpoint


def revoke(station: Station) -> None:
    settled_by_two(station.context, LOA_1, LifecycleAction.REVOKE)


def test_a_revoked_certificate_ends_the_session_and_is_refused_and_seen(
    broker: RealBroker, station: Station, watch: BrokerWatch
) -> None:
    endpoint = delivered(broker, station)
    neighbour = broker.device_endpoint(LOA_2)
    with connected(endpoint) as thief, connected(neighbour) as other:
        revoke(station)
        assert CertificateRevoker(station.context).step() == 1
        until(lambda: not thief.link.is_ready)
        assert first_answer(broker, tls(broker, endpoint.certificate, endpoint.key)) == REFUSED
        assert other.link.is_ready
        assert first_answer(broker, tls(broker, neighbour.certificate, neighbour.key))[:1] == CONNACK
    until(lambda: seen(station, watch, "broker.refused", "certificate verify failed"))


def test_a_device_whose_certificate_was_never_written_down_is_thrown_out_as_well(
    broker: RealBroker, station: Station
) -> None:
    endpoint = broker.device_endpoint(LOA_1)
    with connected(endpoint) as thief:
        revoke(station)
        assert CertificateRevoker(station.context).step() == 1
        until(lambda: not thief.link.is_ready)
    assert first_answer(broker, tls(broker, endpoint.certificate, endpoint.key)) == REFUSED


def test_what_was_taken_back_stays_so_after_the_broker_and_the_keys_were_made_ready_again(
    broker: RealBroker, station: Station
) -> None:
    endpoint = delivered(broker, station)
    revoke(station)
    CertificateRevoker(station.context, lambda *_: None).step()
    broker.kill()
    type(broker.keyring).ensure(broker.settings)
    broker.start()
    assert first_answer(broker, tls(broker, endpoint.certificate, endpoint.key)) == REFUSED


def test_an_eviction_that_the_broker_does_not_answer_is_tried_again(broker: RealBroker, station: Station) -> None:
    delivered(broker, station)
    revoke(station)
    broker.kill()
    assert CertificateRevoker(station.context).step() == 0
    broker.start()
    station.context.uow.now = lambda: utc_now() + timedelta(minutes=2)
    with pytest.raises(LinkError):
        eviction.evict(Endpoint("127.0.0.1", 1, LOA_1, *[broker.keyring.folder / "ca.pem"] * 3))


def test_foreign_expired_and_missing_certificates_are_refused_and_seen(
    broker: RealBroker, station: Station, watch: BrokerWatch, tmp_path: Path
) -> None:
    now = utc_now()
    foreign = enrolment.issue_device(enrolment.make_ca("Loa CA", now), LOA_1, now)
    expired = enrolment.issue_device(broker.keyring.issuer(), LOA_1, now - timedelta(days=6 * 365))
    for name, made in (("foreign", foreign), ("expired", expired)):
        (tmp_path / f"{name}.pem").write_bytes(made.certificate)
        (tmp_path / f"{name}.key").write_bytes(made.key)
        assert first_answer(broker, tls(broker, tmp_path / f"{name}.pem", tmp_path / f"{name}.key")) == REFUSED
    until(lambda: seen(station, watch, "broker.refused", "certificate verify failed"))
    assert first_answer(broker, tls(broker)) == REFUSED
    until(lambda: seen(station, watch, "broker.refused", "peer did not return a certificate"))


def test_whoever_asks_to_hear_everything_hears_nothing_and_is_named(
    broker: RealBroker, station: Station, watch: BrokerWatch
) -> None:
    with (
        connected(broker.device_endpoint(LOA_1), {"#": 1, topics.device_command(LOA_2): 1}) as spy,
        connected(broker.device_endpoint(LOA_2), {topics.device_command(LOA_2): 1}) as other,
        connected(broker.gateway_endpoint()) as gateway,
    ):
        gateway.link.publish(topics.device_command(LOA_2), b"secret").result(DEADLINE_S)
        assert other.next().payload == b"secret"
        gateway.link.publish(topics.area_command(XA_1), b"for all").result(DEADLINE_S)
        assert spy.next().payload == b"for all"
        assert list(spy.rest()) == []
    until(lambda: seen(station, watch, "device.subscribe_denied", LOA_1))
    assert not seen(station, watch, "device.subscribe_denied", LOA_2 + " ")


def test_a_certificate_opens_no_more_than_its_own_name_and_the_thief_is_named(
    broker: RealBroker, station: Station, watch: BrokerWatch
) -> None:
    with (
        connected(broker.device_endpoint(LOA_2), {topics.device_command(LOA_2): 1}) as victim,
        connected(broker.device_endpoint(LOA_1, client_id=LOA_2), {topics.device_command(LOA_2): 1}) as thief,
    ):
        with pytest.raises(LinkError, match="Not authorized"):
            thief.link.publish(topics.device_state(LOA_2), b"forged").result(DEADLINE_S)
        assert victim.link.is_ready
    until(lambda: ("device.publish_denied", LOA_1, topics.device_state(LOA_2)) in trespasses(station, watch))
    until(lambda: ("device.subscribe_denied", LOA_1, topics.device_command(LOA_2)) in trespasses(station, watch))


@pytest.mark.parametrize(
    "topic", [topics.area_alert(XA_1), topics.device_command(LOA_2), topics.device_ack(LOA_2), topics.keys(), "x"]
)
@pytest.mark.parametrize("qos", [0, 1])
def test_whoever_writes_what_is_not_his_reaches_nobody_and_is_named(
    broker: RealBroker, station: Station, watch: BrokerWatch, topic: str, qos: int
) -> None:
    with (
        connected(broker.gateway_endpoint(), {"loa/v1/#": 1, "x": 1}) as all_of_it,
        secure(broker, LOA_1) as thief,
    ):
        thief.greet(LOA_1)
        thief.send(mqtt_codec.publish(topic, b"forged", packet_id=9 if qos else 0, retain=False, expiry_s=None))
        until(lambda: ("device.publish_denied", LOA_1, topic) in trespasses(station, watch))
        assert all_of_it.link.is_ready
        assert [each.payload for each in all_of_it.rest()] == []


def test_a_last_word_where_one_may_not_write_is_not_spoken_and_whoever_left_it_is_named(
    broker: RealBroker, station: Station, watch: BrokerWatch
) -> None:
    with connected(broker.gateway_endpoint(), {topics.device_state("+"): 1}) as gateway:
        for topic, word in ((topics.device_state(LOA_2), b"forged"), (topics.device_state(LOA_1), b"true")):
            with secure(broker, LOA_1) as thief:
                thief.greet(LOA_1, mqtt_codec.Will(topic, word, delay_s=0))
        # The second will is published after the first would have been.
        assert gateway.next().payload == b"true"
    until(lambda: ("device.publish_denied", LOA_1, topics.device_state(LOA_2)) in trespasses(station, watch))
    with station.context.uow() as unit:
        assert list(
            unit.session.scalars(select(EventRow.subject_id).where(EventRow.name == "device.publish_denied"))
        ) == [LOA_1]


def test_whoever_goes_beyond_his_own_has_a_fault_that_tells_so(
    broker: RealBroker, station: Station, watch: BrokerWatch
) -> None:
    with secure(broker, LOA_1) as thief:
        thief.greet(LOA_1)
        for _ in range(3):
            thief.send(mqtt_codec.publish("x", b"forged", packet_id=0, retain=False, expiry_s=None))
    until(lambda: seen(station, watch, "device.publish_denied", LOA_1))
    HealthWatch(station.context.uow, station.context.now, station.context.new_id).step()
    with station.context.uow() as unit:
        (fault,) = [each for each in unit[FaultRecords].living(START) if each.kind is FaultKind.TRESPASSES]
    assert (fault.device_id, fault.is_open) == (LOA_1, True)


# Raw clients.


class Raw:
    """Raw MQTT client on a TLS socket."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self._link = context.wrap_socket(plain, server_hostname="localhost")
        self._reader = mqtt_codec.PacketReader()
        self._arrived: list[mqtt_codec.Packet] = []

    def greet(self, client_id: str, will: mqtt_codec.Will | None = None) -> None:
        hello = mqtt_codec.connect(
            client_id, keep_alive_s=60, session_expiry_s=0, receive_maximum=5, will=will, is_clean=True
        )
        self.send(hello)
        assert isinstance(self.next(), mqtt_codec.ConnAck)

    def send(self, packet: bytes) -> None:
        self._link.sendall(packet)

    def subscribe(self, *wanted: str) -> None:
        self.send(mqtt_codec.subscribe(1, [(topic, 1) for topic in wanted]))
        assert isinstance(self.next(), mqtt_codec.SubAck)

    def publish(self, topic: str, payload: bytes) -> None:
        self.send(mqtt_codec.publish(topic, payload, packet_id=9, retain=False, expiry_s=None))

    def next(self) -> mqtt_codec.Packet | None:
        """Return the next packet; None where the broker hung up."""
        while not self._arrived:
            try:
                data = self._link.recv(4096)
            except OSError:
                return None
            if not data:
                return None
            self._arrived += self._reader.feed(data)
        return self._arrived.pop(0)

    def next_message(self) -> mqtt_codec.PublishPacket:
        """Return the next published message."""
        while (found := self.next()) is not None:
            if isinstance(found, mqtt_codec.PublishPacket):
                return found
        raise AssertionError("the broker hung up")

    def close(self) -> None:
        self._link.close()


@contextmanager
def secure(broker: RealBroker, name: str) -> Iterator[Raw]:
    """Connect with this device's certificate; on exit hang up without a DISCONNECT."""
    endpoint = broker.device_endpoint(name)
    client = Raw(tls(broker, endpoint.certificate, endpoint.key), broker.port)
    try:
        yield client
    finally:
        client.close()


# The enrolment listener, to which every client may connect.


def stranger(door: EnrolmentListener, client_id: str) -> Raw:
    """Connect a client without a certificate."""
    made = Raw(ssl.create_default_context(cafile=str(door.context.keyring.folder / "ca.pem")), door.port)
    made.greet(client_id)
    return made


@pytest.fixture
def knock(door: EnrolmentListener) -> Iterator[Mapping[str, Raw]]:
    made = {name: stranger(door, name) for name in (SERIAL, "spy-1")}
    yield made
    for each in made.values():
        each.close()


def test_a_stranger_hears_no_other_box_and_is_named(
    station: Station, door: EnrolmentListener, knock: Mapping[str, Raw]
) -> None:
    watch = BrokerWatch(station.context, every=timedelta(0))
    registered(station.context, XA_1)
    spy, box = knock["spy-1"], knock[SERIAL]
    spy.subscribe("#", "loa/v1/boot/+/down", topics.boot_down(SERIAL), topics.boot_down("spy-1"))
    box.subscribe(topics.boot_down(SERIAL))
    box.publish(topics.boot_up(SERIAL), request(SERIAL))
    box.next_message()
    spy.publish(topics.boot_up("spy-1"), request("spy-1"))
    assert spy.next_message().topic == topics.boot_down("spy-1")
    until(lambda: seen(station, watch, "enrolment.subscribe_denied", "spy-1"))


def test_whoever_calls_himself_the_gateway_there_is_named_as_anybody(station: Station, door: EnrolmentListener) -> None:
    watch = BrokerWatch(station.context, every=timedelta(0))
    spy = stranger(door, "gateway")
    spy.subscribe("#")
    spy.close()
    until(lambda: ("enrolment.subscribe_denied", "gateway", "#") in trespasses(station, watch))


def test_a_stranger_cannot_write_for_another_box_or_answer_one_and_is_named(
    station: Station, door: EnrolmentListener, knock: Mapping[str, Raw]
) -> None:
    watch = BrokerWatch(station.context, every=timedelta(0))
    spy, box = knock["spy-1"], knock[SERIAL]
    box.subscribe(topics.boot_down(SERIAL))
    for topic in (topics.boot_up(SERIAL), topics.boot_down(SERIAL), topics.device_command(LOA_1), topics.keys()):
        spy.publish(topic, b"forged")
        answer = spy.next()
        assert isinstance(answer, mqtt_codec.PubAck)
    box.publish(topics.boot_up(SERIAL), request(SERIAL))
    assert b"forged" not in box.next_message().payload
    until(lambda: seen(station, watch, "enrolment.publish_denied", "spy-1"))
    assert not seen(station, watch, "enrolment.publish_denied", SERIAL + " ")


def test_nobody_takes_the_place_of_the_desk_by_its_name(
    station: Station, door: EnrolmentListener, knock: Mapping[str, Raw]
) -> None:
    """A client that connects with a used client id disconnects its owner, so the enrolment handler has a secret one."""
    for name in ("gateway.desk", "gateway", ""):
        stranger(door, name).close()
    box = knock[SERIAL]
    box.subscribe(topics.boot_down(SERIAL))
    box.publish(topics.boot_up(SERIAL), request(SERIAL))
    box.next_message()
    # The log lags behind the events, in their order.
    stranger(door, "the-last").close()
    until(lambda: " as the-last " in door.log.read_text())
    log = door.log.read_text()
    assert log.count(f" as {enrolment_listener.desk_name(station.context.settings.root)} ") == 1
    assert "already connected" not in log


def test_what_is_too_large_ends_the_connection(door: EnrolmentListener, knock: Mapping[str, Raw]) -> None:
    knock["spy-1"].publish(topics.boot_up("spy-1"), b"x" * 5_000)
    found = knock["spy-1"].next()
    assert found is None or isinstance(found, mqtt_codec.BrokerDisconnect)


def test_the_listener_knows_no_topic_of_the_fleet(
    broker: RealBroker, door: EnrolmentListener, knock: Mapping[str, Raw]
) -> None:
    with connected(broker.device_endpoint(LOA_1), {topics.device_command(LOA_1): 1}) as device:
        knock["spy-1"].publish(topics.device_command(LOA_1), b"forged")
        knock["spy-1"].next()
        with connected(broker.gateway_endpoint()) as gateway:
            gateway.link.publish(topics.device_command(LOA_1), b"ours").result(DEADLINE_S)
        assert device.next().payload == b"ours"


def request(serial: str) -> bytes:

    return codec.encode(EnrolRequest(v=1, serial=serial, csr="x", proof=claims.prove(serial, "0" * 16, "x")))
