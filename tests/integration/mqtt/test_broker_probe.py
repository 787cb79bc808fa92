"""Probe of the supervisor, against a real broker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from devices.enrolment import PROBE_NAME
from devices.mqtt.broker_probe import BrokerProbe, _is_answer
from devices.mqtt_codec import PacketError, PacketReader, PingResp
from tests.integration.real_broker import RealBroker


@pytest.fixture
def probe(broker: RealBroker) -> Iterator[BrokerProbe]:
    made = BrokerProbe(broker._own_endpoint(PROBE_NAME), deadline_s=60)
    yield made
    made.close()


def test_a_broker_that_lives_answers_on_one_connection(probe: BrokerProbe, broker: RealBroker) -> None:
    assert [probe.answers() for _ in range(3)] == [True] * 3
    assert broker.log.read_text().count(f"as {PROBE_NAME}") <= 1


def test_a_stopped_broker_does_not_answer_though_its_kernel_takes_connections(
    probe: BrokerProbe, broker: RealBroker
) -> None:
    assert probe.answers()
    broker.freeze()
    try:
        probe._deadline_s = 0.2
        assert not probe.answers()
        with socket.create_connection((broker.settings.mqtt_host, broker.port), 60):
            assert not probe.answers()
    finally:
        broker.thaw()
    probe._deadline_s = 60
    assert probe.answers()


def test_a_broker_that_was_killed_answers_again_when_it_is_back(probe: BrokerProbe, broker: RealBroker) -> None:
    assert probe.answers()
    broker.kill()
    assert not probe.answers()
    broker.start()
    assert probe.answers()


def test_one_that_is_no_broker_is_none(broker: RealBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        def hang_up() -> None:
            other.accept()[0].close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()
        assert not BrokerProbe(replace(broker._own_endpoint(PROBE_NAME), port=port), deadline_s=60).answers()
        hanging_up.join()


@pytest.mark.parametrize("data", [b"\xe0\x01\x89", b"\x20\x03\x00\x87\x00"])
def test_who_is_sent_away_gets_no_answer(data: bytes) -> None:
    (found,) = PacketReader().feed(data)
    with pytest.raises(PacketError):
        _is_answer(found, PingResp)


def test_a_message_is_no_answer() -> None:
    (message,) = PacketReader().feed(b"\x30\x05\x00\x01a\x00x")
    assert not _is_answer(message, PingResp)
