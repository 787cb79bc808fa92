"""Contract suite of the link to the broker and of its fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cms.platform.gateway.outbox_dispatcher import BrokerLink
from devices.errors import LinkError, TooBigError
from devices.mqtt.link import MqttDeviceLink
from devices.protocol.limits import MESSAGE_MAX_BYTES, SPEECH_MAX_BYTES
from tests.fakes.recording_link import RecordingLink
from tests.integration.real_broker import RealBroker

DEADLINE_S = 120
TOPIC = "loa/v1/a/xa-1/plan"


@dataclass
class Line:
    """Link under test, and a function that breaks its connection."""

    link: BrokerLink
    cut: Callable[[], None]


@pytest.fixture(params=["fake", "real"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    if request.param == "fake":
        box = RecordingLink(is_checked=False)
        yield Line(box, box.lose)
        return
    broker = RealBroker(tmp_path)
    broker.start()
    link = MqttDeviceLink(broker.gateway_endpoint(), subscriptions={}, on_message=lambda _: None)
    link.start()
    assert link.wait_ready(DEADLINE_S)

    def cut() -> None:
        confirmed = link.publish(TOPIC, b"last", qos=1)
        broker.kill()
        confirmed.exception(DEADLINE_S)
        link.close()

    yield Line(link, cut)
    link.close()
    broker.kill()


def test_what_is_published_is_confirmed(line: Line) -> None:
    assert line.link.is_ready
    assert line.link.publish(TOPIC, b"x", retain=True, expiry_s=5).result(DEADLINE_S) is None


def test_without_guarantee_it_is_confirmed_at_once(line: Line) -> None:
    assert line.link.publish(TOPIC, b"x", qos=0).done()


def test_what_exceeds_the_limit_is_refused_and_the_link_goes_on(line: Line) -> None:
    with pytest.raises(TooBigError):
        line.link.publish(TOPIC, b"x" * (MESSAGE_MAX_BYTES + 1))
    assert line.link.publish(TOPIC, b"x" * MESSAGE_MAX_BYTES).result(DEADLINE_S) is None


def test_only_an_alerts_speech_may_be_longer(line: Line) -> None:
    speech = "loa/v1/a/xa-1/speech/" + "ab" * 32
    assert line.link.publish(speech, b"x" * SPEECH_MAX_BYTES).result(DEADLINE_S) is None
    with pytest.raises(TooBigError):
        line.link.publish(speech, b"x" * (SPEECH_MAX_BYTES + 1))


def test_a_broken_connection_takes_nothing(line: Line) -> None:
    line.cut()
    assert not line.link.is_ready
    with pytest.raises(LinkError):
        line.link.publish(TOPIC, b"x")
