"""Conformance of mosquitto as ``loa up`` runs it; ``loa bench conformance`` also has the checks that take seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.conformance.checks import CHECKS
from bench.conformance.client import BrokerUnderTest
from bench.conformance.command import furnish, outcome_of
from tests.integration.real_broker import RealBroker

PATIENT = {
    "a_retained_message_expires",
    "a_queued_message_expires",
    "a_session_expires",
    "publishes_the_will_after_its_delay",
    "a_return_in_time_withdraws_the_will",
    "notices_a_silent_client",
}


@pytest.fixture(scope="module")
def conforming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUnderTest]:
    home = tmp_path_factory.mktemp("conformance")
    broker = RealBroker(home)
    broker.start()
    yield BrokerUnderTest("127.0.0.1", broker.port, furnish(broker.keyring, home / "clients"))
    broker.kill()


@pytest.mark.parametrize("name", sorted(set(CHECKS) - PATIENT))
def test_mosquitto_has_what_loa_relies_on(conforming: BrokerUnderTest, name: str) -> None:
    assert outcome_of(name, conforming) == "yes"


def test_a_broker_that_is_not_there_has_nothing(conforming: BrokerUnderTest) -> None:
    away = BrokerUnderTest(conforming.host, 1, conforming.keys)
    assert outcome_of("queues_no_alert", away).startswith("no (")
