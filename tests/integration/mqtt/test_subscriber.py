"""Subscriber of the gateway on a real broker; the other end is paho."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from devices.mqtt.link import Incoming
from devices.mqtt.subscriber import MqttSubscriber
from devices.protocol import topics
from tests.integration.mqtt.inbox import DEADLINE_S, connected
from tests.integration.real_broker import RealBroker

ANSWERS = {topics.device_ack("+"): 1}
LOA = "xa-1-l01"


class Listener:
    def __init__(self, broker: RealBroker, subscriptions: dict[str, int] | None = None) -> None:
        self._arrived: queue.Queue[Incoming] = queue.Queue()
        self.ear = MqttSubscriber(broker.ear_endpoint(), subscriptions=subscriptions or ANSWERS, on_messages=self._keep)

    def next(self) -> Incoming:
        return self._arrived.get(timeout=DEADLINE_S)

    def is_empty(self) -> bool:
        return self._arrived.empty()

    def _keep(self, messages: list[Incoming]) -> None:
        for message in messages:
            self._arrived.put(message)


@contextmanager
def listening(broker: RealBroker, subscriptions: dict[str, int] | None = None) -> Iterator[Listener]:
    listener = Listener(broker, subscriptions)
    listener.ear.start()
    try:
        assert listener.ear.wait_ready(DEADLINE_S)
        yield listener
    finally:
        listener.ear.close()


def test_it_hears_what_devices_say_with_topic_and_payload(broker: RealBroker) -> None:
    with listening(broker) as there, connected(broker.device_endpoint(LOA)) as device:
        device.link.publish(topics.device_ack(LOA), "đã nhận".encode()).result(DEADLINE_S)
        heard = there.next()
    assert (heard.topic, heard.payload.decode(), heard.retain, heard.qos) == (
        topics.device_ack(LOA),
        "đã nhận",
        False,
        1,
    )


def test_a_retained_word_is_told_apart(broker: RealBroker) -> None:
    with connected(broker.device_endpoint(LOA)) as device:
        device.link.publish(topics.device_state(LOA), b"born", retain=True).result(DEADLINE_S)
    with listening(broker, {topics.device_state("+"): 1}) as there:
        assert there.next().retain


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker: RealBroker) -> None:
    with connected(broker.device_endpoint(LOA)) as device:
        with listening(broker) as there:
            for word in (b"one", b"two"):
                device.link.publish(topics.device_ack(LOA), word).result(DEADLINE_S)
            first, second = there.next(), there.next()
            there.ear.acknowledge([first])
            assert (first.payload, second.payload) == (b"one", b"two")
        device.link.publish(topics.device_ack(LOA), b"three").result(DEADLINE_S)
        with listening(broker) as there:
            again = [there.next(), there.next()]
            assert [each.payload for each in again] == [b"two", b"three"]
            # An acknowledgement for an earlier connection has no effect on this one.
            there.ear.acknowledge([replace(each, connection=again[0].connection - 1) for each in again])
        with listening(broker) as there:
            assert [there.next().payload, there.next().payload] == [b"two", b"three"]


def test_it_comes_back_when_the_broker_does(broker: RealBroker) -> None:
    with listening(broker) as there:
        broker.kill()
        broker.start()
        with connected(broker.device_endpoint(LOA)) as device:
            heard = None
            while heard is None:
                device.link.publish(topics.device_ack(LOA), b"again").result(DEADLINE_S)
                threading.Event().wait(0.05)
                heard = None if there.is_empty() else there.next()
        assert heard.payload == b"again"


def test_thousands_at_once_all_arrive_in_their_order(broker: RealBroker) -> None:
    count = 7_000
    with listening(broker) as there, connected(broker.device_endpoint(LOA)) as device:
        for number in range(count):
            device.link.publish(topics.device_ack(LOA), b"%d" % number)
        heard = []
        for _ in range(count):
            message = there.next()
            there.ear.acknowledge([message])
            heard.append(int(message.payload))
    assert heard == list(range(count))


def test_a_broker_that_is_not_there_is_waited_for_and_closing_ends_the_waiting(broker: RealBroker) -> None:
    broker.kill()
    waiting = Listener(broker)
    waiting.ear.start()
    assert not waiting.ear.is_ready
    broker.start()
    assert waiting.ear.wait_ready(DEADLINE_S)
    waiting.ear.close()
    broker.kill()
    never = Listener(broker)
    never.ear.start()
    never.ear.close()
    assert not never.ear.is_ready


def test_one_that_was_never_started_can_be_closed(broker: RealBroker) -> None:
    Listener(broker).ear.close()


def test_a_subscription_that_is_not_its_own_is_refused_and_said(broker: RealBroker) -> None:
    with (
        listening(broker, {topics.device_telemetry("+"): 1, **ANSWERS}) as there,
        connected(broker.device_endpoint(LOA)) as device,
    ):
        device.link.publish(topics.device_telemetry(LOA), b"health").result(DEADLINE_S)
        device.link.publish(topics.device_ack(LOA), b"answer").result(DEADLINE_S)
        assert there.next().payload == b"answer"


def test_a_subscriber_connects_only_when_it_may(broker: RealBroker) -> None:
    asked, may = threading.Event(), threading.Event()

    def may_connect() -> bool:
        asked.set()
        return may.is_set()

    endpoint = broker.ear_endpoint()
    ear = MqttSubscriber(endpoint, subscriptions=ANSWERS, on_messages=lambda _: None, may_connect=may_connect)
    ear.start()
    try:
        assert asked.wait(DEADLINE_S)
        assert ear.connections == 0
        may.set()
        assert ear.wait_ready(DEADLINE_S)
    finally:
        ear.close()


def test_a_subscriber_that_may_not_connect_can_be_closed(broker: RealBroker) -> None:
    asked = threading.Event()

    def never() -> bool:
        asked.set()
        return False

    endpoint = broker.ear_endpoint()
    ear = MqttSubscriber(endpoint, subscriptions=ANSWERS, on_messages=lambda _: None, may_connect=never)
    ear.start()
    assert asked.wait(DEADLINE_S)
    ear.close()
    assert ear.connections == 0
