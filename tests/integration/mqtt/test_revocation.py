"""Certificate revocation on the real broker: at once, permanent, and without disturbing others (docs/adr/0046)."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from typing import Self

import pytest

from cms.fleet.jobs import access_control
from cms.fleet.jobs.access_control import CertificateRevoker
from cms.fleet.jobs.broker_watch import BrokerWatch
from cms.fleet.service import certificates
from devices import enrolment, mqtt_codec
from devices.lifecycle import CertificateState, LifecycleAction
from devices.model import DeviceId
from devices.mqtt import eviction, revocations
from devices.mqtt.link import Endpoint
from province.machine_clock import utc_now
from tests.builders.registrations import settled_by_two
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, Station, make_station
from tests.integration.mqtt.inbox import DEADLINE_S, connected
from tests.integration.mqtt.test_access import CONNACK, REFUSED, first_answer, tls
from tests.integration.process import until
from tests.integration.real_broker import RealBroker

CA_HASH = "13f7e2d8"


@pytest.fixture
def station(broker: RealBroker) -> Iterator[Station]:
    made, engine = make_station(broker.settings.root, broker.settings.mqtt_port, utc_now)
    yield made
    engine.dispose()


@pytest.fixture(autouse=True)
def _the_broker_may_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for it as long as all tests do: given up by the product's limit, an eviction is only tried again later."""
    monkeypatch.setattr(eviction, "_TIMEOUT_S", DEADLINE_S)


def delivered(broker: RealBroker, station: Station, device_id: DeviceId) -> Endpoint:
    """Record the certificate a device was delivered with, and return its endpoint."""
    endpoint = broker.device_endpoint(device_id)
    with station.context.uow() as unit:
        certificates.record_delivered(unit, device_id, endpoint.certificate.read_text(), station.context.now())
        unit.commit()
    return endpoint


class Client:
    """Device on a bare socket, whose TLS session may be resumed."""

    def __init__(
        self, broker: RealBroker, endpoint: Endpoint, context: ssl.SSLContext, session: ssl.SSLSession | None = None
    ) -> None:
        self._name = endpoint.client_id
        with socket.create_connection(("127.0.0.1", broker.port), DEADLINE_S) as plain:
            self.link = context.wrap_socket(plain, server_hostname="127.0.0.1", session=session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()

    def greet(self, *, session_expiry_s: int = 86_400) -> int:
        """Return the reason code of the broker's answer. Raises OSError: it hung up."""
        hello = mqtt_codec.connect(
            self._name, keep_alive_s=60, session_expiry_s=session_expiry_s, receive_maximum=20, will=None
        )
        self.link.sendall(hello)
        data = self.link.recv(4096)
        if not data:
            raise ConnectionError("the broker hung up")
        (answer,) = mqtt_codec.PacketReader().feed(data)
        assert isinstance(answer, mqtt_codec.ConnAck)
        return answer.reason


def context_of(endpoint: Endpoint, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=endpoint.ca)
    context.load_cert_chain(endpoint.certificate, endpoint.key)
    context.maximum_version = version
    return context


def revoke(station: Station, device_id: DeviceId) -> None:
    settled_by_two(station.context, device_id, LifecycleAction.REVOKE)


def expiry_has_passed(broker: RealBroker, endpoint: Endpoint, name: str) -> None:
    """Wait until the broker has checked the sessions of disconnected clients for expiry, twice."""
    for number in range(2):
        probe = broker.device_endpoint(f"{name}-{number}")
        with Client(broker, probe, context_of(probe, ssl.TLSVersion.TLSv1_3)) as client:
            client.greet(session_expiry_s=1)
        until(lambda who=probe.client_id: f"Expiring client {who} due to timeout" in broker.log.read_text())  # type: ignore[misc]


def all_is_told(broker: RealBroker, name: str) -> None:
    """Wait until the broker has logged all it has done so far."""
    probe = broker.device_endpoint(name)
    with Client(broker, probe, context_of(probe, ssl.TLSVersion.TLSv1_3)) as client:
        client.greet()
    until(lambda: f"as {name} (" in broker.log.read_text())


@pytest.mark.parametrize("rounds", [2])
def test_an_offline_device_a_revocation_and_a_new_gateway_throw_nobody_off(
    broker: RealBroker, station: Station, rounds: int
) -> None:
    away, thief = delivered(broker, station, LOA_1), delivered(broker, station, LOA_2)
    stays = broker.device_endpoint(LOA_3)
    with connected(stays) as neighbour:
        for number in range(rounds):
            with connected(away), connected(thief) if number == 0 else connected(stays):
                pass
            if number == 0:
                revoke(station, LOA_2)
            CertificateRevoker(station.context).step()
            newcomer = broker.device_endpoint(f"new-{number}")
            with connected(away) as back, connected(newcomer) as new:
                expiry_has_passed(broker, stays, f"probe-{number}")
                assert back.link.is_ready
                assert new.link.is_ready
        assert neighbour.link.is_ready
    expelled = [line for line in broker.log.read_text().splitlines() if "Expiring client" in line]
    assert not [line for line in expelled if "probe" not in line]
    assert first_answer(broker, tls(broker, thief.certificate, thief.key)) == REFUSED


def test_nothing_of_ours_sends_the_broker_a_signal(
    broker: RealBroker, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    with monkeypatch.context() as patched:  # the broker of the test is ended by a signal
        patched.setattr("os.kill", lambda _pid, number: sent.append(number))
        delivered(broker, station, LOA_1)
        revoke(station, LOA_1)
        assert CertificateRevoker(station.context).step() == 1
    assert signal.SIGHUP not in sent


def test_each_of_many_lists_is_taken_without_a_signal(broker: RealBroker, station: Station) -> None:
    endpoints = [delivered(broker, station, each) for each in (LOA_1, LOA_2, LOA_3)]
    hand = CertificateRevoker(station.context)
    for number, each in enumerate(endpoints):
        assert first_answer(broker, tls(broker, each.certificate, each.key))[:1] == CONNACK
        revoke(station, DeviceId(each.client_id))
        hand.step()
        found = [first_answer(broker, tls(broker, one.certificate, one.key))[:1] for one in endpoints]
        assert found == [REFUSED] * (number + 1) + [CONNACK] * (2 - number)


def test_who_resumes_a_tls_session_shows_a_certificate_again(broker: RealBroker, station: Station) -> None:
    endpoint = delivered(broker, station, LOA_1)
    context = context_of(endpoint, ssl.TLSVersion.TLSv1_3)
    with Client(broker, endpoint, context) as before:
        assert before.greet() == 0
        revoke(station, LOA_1)
        CertificateRevoker(station.context).step()
        with (
            pytest.raises(OSError, match=r"revoked|reset|hung up|Broken pipe"),
            Client(broker, endpoint, context, before.link.session) as back,
        ):
            back.greet()


def test_who_comes_in_by_a_resumed_session_of_tls_1_2_is_thrown_out_and_we_are_not(
    broker: RealBroker, station: Station
) -> None:
    endpoint = delivered(broker, station, LOA_1)
    hand = CertificateRevoker(station.context)
    watch = BrokerWatch(station.context, on_arrived=hand.turn_away)
    context = context_of(endpoint, ssl.TLSVersion.TLSv1_2)
    with Client(broker, endpoint, context) as before:
        assert before.greet() == 0
        revoke(station, LOA_1)
        assert hand.step() == 1
        with Client(broker, endpoint, context, before.link.session) as back:
            assert back.link.session_reused
            assert back.greet() == 0
            back.link.settimeout(0.05)

            def is_thrown_out() -> bool:
                watch.step()
                try:
                    return back.link.recv(100) is not None
                except TimeoutError:
                    return False

            until(is_thrown_out)
    # Our own connection under its name does not cause another one.
    all_is_told(broker, "probe-1")
    watch.step()
    all_is_told(broker, "probe-2")
    arrivals = broker.log.read_text().count(f"as {LOA_1} (")
    watch.step()
    all_is_told(broker, "probe-3")
    assert broker.log.read_text().count(f"as {LOA_1} (") == arrivals


def test_those_who_may_come_in_are_left_alone(broker: RealBroker, station: Station) -> None:
    delivered(broker, station, LOA_1)
    assert (
        CertificateRevoker(station.context, lambda *_: 1 / 0).turn_away(
            {(LOA_1, 60), ("gateway", 60), ("stranger", 60)}
        )
        == 0
    )


def test_one_who_cannot_be_thrown_out_now_is_when_he_comes_again(broker: RealBroker, station: Station) -> None:
    delivered(broker, station, LOA_1)
    revoke(station, LOA_1)
    broker.kill()
    assert CertificateRevoker(station.context).turn_away({(LOA_1, 60)}) == 1
    broker.start()


def test_certificates_followed_by_newer_ones_are_listed_once_an_hour_and_with_every_revocation(
    broker: RealBroker, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = [0.0]
    hand = CertificateRevoker(station.context, lambda *_: None, lambda: hours[0] * 3_600)
    keys = broker.keyring.folder

    def superseded(device_id: DeviceId) -> None:
        pem = enrolment.issue_device(broker.keyring.issuer(), device_id, utc_now()).certificate.decode()
        with station.context.uow() as unit:
            certificates.record_delivered(unit, device_id, pem, station.context.now(), CertificateState.SUPERSEDED)
            certificates.list_superseded(unit)
            unit.commit()

    hand.step()
    superseded(LOA_1)
    assert hand.step() == 1
    assert revocations.held_lists(keys, CA_HASH) == 0
    hours[0] = 1.0
    hand.step()
    hand.step()
    assert revocations.held_lists(keys, CA_HASH) == 1
    superseded(LOA_2)
    revoke(station, LOA_3)
    hand.step()
    assert revocations.held_lists(keys, CA_HASH) == 2
    monkeypatch.setattr(access_control, "LISTS_MAX", 2)
    superseded(LOA_2)
    hours[0] = 3.0
    hand.step()
    assert revocations.held_lists(keys, CA_HASH) == 2


def test_a_broker_that_starts_needs_the_newest_list_alone(broker: RealBroker, station: Station) -> None:
    endpoints = [delivered(broker, station, each) for each in (LOA_1, LOA_2)]
    hand = CertificateRevoker(station.context)
    for each in endpoints:
        revoke(station, DeviceId(each.client_id))
        hand.step()
    keys = broker.keyring.folder
    assert revocations.held_lists(keys, CA_HASH) == 2
    type(broker.keyring).ensure(broker.settings, utc_now() + timedelta(days=1))
    broker.kill()
    broker.start()
    assert revocations.held_lists(keys, CA_HASH) == 0
    assert {first_answer(broker, tls(broker, each.certificate, each.key)) for each in endpoints} == {REFUSED}
