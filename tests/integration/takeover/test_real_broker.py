"""Credentials of one program at a real broker, which grants what the access list is read to grant."""

from __future__ import annotations

import pytest

from devices.mqtt.broker import render_acl
from devices.mqtt.link import Endpoint
from devices.protocol import topics
from tests.integration.mqtt.inbox import DEADLINE_S, connected
from tests.integration.real_broker import RealBroker
from tests.integration.takeover import units
from tests.integration.takeover.installation import Installation, may_write

DEVICE = "xa-1-l01"
TOPICS = (
    *(topics.area_alert("xa-1"), topics.area_drill("xa-1"), topics.area_command("xa-1"), topics.area_plan("xa-1")),
    *(topics.device_command(DEVICE), topics.device_desired(DEVICE), topics.keys(), topics.officers()),
    *(topics.device_ack(DEVICE), topics.device_ack("xa-1-l02")),
)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("installation"))


@pytest.mark.parametrize("unit", ["web", "worker", "scheduler", "replicator", "gateway", "signer", units.BROKERS])
def test_the_broker_grants_each_program_no_more_than_its_credentials_are_read_to_allow(
    broker: RealBroker, installation: Installation, unit: str
) -> None:
    for name in sorted(installation.holding(unit).names):
        with connected(endpoint(broker, name)) as client:
            sent = {topic: client.link.publish(topic, b"forged") for topic in TOPICS}
            granted = {topic for topic, answer in sent.items() if answer.exception(DEADLINE_S) is None}
        assert granted == {topic for topic in TOPICS if may_write(render_acl(), name, topic)}


def endpoint(broker: RealBroker, name: str) -> Endpoint:
    if name == DEVICE:
        return broker.device_endpoint(name)
    keys = broker.keyring.folder
    files = (keys / "ca.pem", keys / f"{name}.pem", keys / f"{name}.key")
    return Endpoint(broker.settings.mqtt_host, broker.port, name, *files)
